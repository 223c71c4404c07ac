// What IPVS does with a packet that has come through to it: looks for a virtual server, draws one of its destinations.
import { hostPort } from '../addresses.ts';
import { serverKey, type VirtualServer, type VirtualServers } from '../rules/ipvs.ts';
import type { Branch, Outcome, Watch } from './packet.ts';

export type IpvsWalk = (branch: Branch, watch?: Watch) => Outcome[];

export function ipvsWalk(virtualServers: VirtualServers | undefined): IpvsWalk {
  return (branch, watch) => {
    const { protocol, destination: address, port } = branch;
    const server = virtualServers?.servers.get(serverKey({ protocol, address, port }));
    if (server === undefined || branch.translated) return [{ verdict: 'passed', branch, where: 'IPVS' }];
    watch?.({
      depth: 0,
      where: 'IPVS',
      rule: serverText(server),
      share: branch.share,
      counter: undefined,
      passedOver: false,
    });
    const shares = sharesOf(server);
    const where = `virtual server ${hostPort(address, port)}`;
    // ip_vs_leave: with no destination the client is told at once that the port is unreachable.
    if (shares.length === 0) return [{ verdict: 'rejected', branch, where }];
    return shares.map(({ share, address: to, port: toPort }): Outcome => {
      const drawn = { ...branch, share: branch.share * share, destination: to, port: toPort };
      const kept = { affinitySeconds: server.persistentSeconds, remembered: server.persistentSeconds !== undefined };
      return { verdict: 'accepted', branch: { ...drawn, ...kept, translated: true }, where };
    });
  };
}

/** Schedulers that heed weights give each its part; the others the same to all that are not draining. */
function sharesOf({ scheduler, servers }: VirtualServer): { share: number; address: string; port: number }[] {
  const usable = servers.filter(({ weight }) => weight > 0);
  const total = usable.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = scheduler.startsWith('w');
  return usable.map(({ address, port, weight }) => ({
    address,
    port,
    share: weighted ? weight / total : 1 / usable.length,
  }));
}

function serverText({ protocol, address, port, scheduler, persistentSeconds, servers }: VirtualServer): string {
  const kept = persistentSeconds === undefined ? '' : ` persistent ${persistentSeconds}`;
  const to = servers.map((server) => `${hostPort(server.address, server.port)} weight ${server.weight}`);
  return `${protocol} ${hostPort(address, port)} ${scheduler}${kept} -> ${to.join(', ') || 'no destination'}`;
}
