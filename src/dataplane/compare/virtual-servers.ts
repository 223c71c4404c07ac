// Virtual servers of mode ipvs: each must be a Service's, and have its endpoints.
import { familyOf, hostPort, holds, parsePrefix } from '../addresses.ts';
import type { Demand } from '../demand/demand.ts';
import type { Endpoint } from '../demand/endpoints.ts';
import { demandedServers, type DemandedServer } from '../demand/ipvs-objects.ts';
import { serverKey, type VirtualServer, type VirtualServers } from '../rules/ipvs.ts';
import { listed, RESYNC, type Finding } from './finding.ts';

export function virtualServerFindings(demand: Demand, { servers }: VirtualServers): Finding[] {
  const due = demandedServers(demand);
  const nodePorts = new Set([...demand.byNodePort.values()].map(({ front }) => front.port));
  const missing = [...due].filter(([key]) => !servers.has(key)).map(([, server]) => missingServer(server));
  const others = [...servers.values()].flatMap((server) => {
    const wanted = due.get(serverKey(server));
    return wanted === undefined ? unwanted(demand, server, nodePorts) : serverFindings(demand, server, wanted);
  });
  return [...missing, ...others];
}

function about({
  port,
  address,
  portNumber,
}: DemandedServer): Pick<Finding, 'severity' | 'service' | 'family' | 'where' | 'fix'> {
  const where = `virtual server ${hostPort(address, portNumber)}/${port.protocol.toUpperCase()}`;
  return { severity: 'error', service: port.text, family: port.family, where, fix: RESYNC };
}

function missingServer(server: DemandedServer): Finding {
  const at = hostPort(server.address, server.portNumber);
  return {
    ...about(server),
    kind: 'missing',
    id: 'server-missing',
    what: `There is no virtual server for ${at}: connections to it fail.`,
  };
}

function serverFindings({ settings }: Demand, server: VirtualServer, wanted: DemandedServer): Finding[] {
  const findings: Finding[] = [];
  const say = (kind: Finding['kind'], id: string, what: string): void =>
    void findings.push({ ...about(wanted), kind, id, what });
  if (server.scheduler !== settings.scheduler)
    say(
      'wrong',
      'scheduler-wrong',
      `The scheduler is ${server.scheduler}, and the configuration says ${settings.scheduler}.`,
    );
  const { affinitySeconds } = wanted.port;
  if (server.persistentSeconds !== affinitySeconds)
    say(
      'wrong',
      'affinity-wrong',
      `Clients are kept for ${server.persistentSeconds ?? 0} s, and must be for ${affinitySeconds ?? 0} s.`,
    );
  // Weight 0: draining, and allowed to be there for as long as connections last.
  const live = new Map(server.servers.map((one) => [hostPort(one.address, one.port), one.weight]));
  const set = nearest(wanted.sets, live);
  const due = new Set(set.map(({ at }) => at));
  const missing = [...due].filter((at) => !live.has(at));
  const drained = [...due].filter((at) => live.get(at) === 0);
  const stale = [...live].filter(([at, weight]) => weight > 0 && !due.has(at)).map(([at]) => at);
  if (missing.length > 0) say('missing', 'endpoint-missing', `Never reaches ${listed(missing)}.`);
  if (drained.length > 0)
    say('wrong', 'endpoint-drained', `${listed(drained)} is ready and has weight 0: it gets no new connection.`);
  if (stale.length > 0)
    say('wrong', 'endpoint-stale', `Reaches ${listed(stale)}, which is not one of its endpoints now.`);
  const odd = [...live]
    .filter(([at, weight]) => weight > 1 && due.has(at))
    .map(([at, weight]) => `${at} with ${weight}`);
  if (odd.length > 0) say('wrong', 'share-wrong', `kube-proxy gives every endpoint weight 1: ${listed(odd)}.`);
  return findings;
}

function nearest(sets: readonly (readonly Endpoint[])[], live: ReadonlyMap<string, number>): readonly Endpoint[] {
  const distance = (set: readonly Endpoint[]): number =>
    set.filter(({ at }) => !live.has(at)).length +
    [...live.keys()].filter((at) => !set.some((one) => one.at === at)).length;
  return (sets.length < 2 ? sets : sets.toSorted((a, b) => distance(a) - distance(b)))[0] ?? [];
}

/** At an address of a Service it was kube-proxy's; anywhere else it is somebody's who shares IPVS with it. */
function unwanted(
  { serviceIPs, settings, view }: Demand,
  server: VirtualServer,
  nodePorts: ReadonlySet<number>,
): Finding[] {
  const family = familyOf(server.address);
  const at = hostPort(server.address, server.port);
  const excluded = settings.excludeCIDRs.some((cidr) => {
    const prefix = parsePrefix(cidr);
    return prefix !== undefined && holds(prefix, server.address);
  });
  if (excluded) return [];
  const common = {
    service: undefined,
    family,
    where: `virtual server ${at}/${server.protocol.toUpperCase()}`,
  } as const;
  const nodePort = view.addresses.includes(server.address) && nodePorts.has(server.port);
  if (serviceIPs.has(server.address) || nodePort)
    return [
      {
        ...common,
        kind: 'surplus',
        id: 'server-surplus',
        severity: 'error',
        what: `There is a virtual server for ${at}, which no Service has.`,
        fix: RESYNC,
      },
    ];
  return [
    {
      ...common,
      kind: 'foreign',
      id: 'server-foreign',
      severity: 'warning',
      what: `The virtual server ${at} is no Service's. kube-proxy in mode ipvs deletes what it does not know.`,
      fix: `If somebody else needs it, put its address into ipvs.excludeCIDRs; otherwise remove it: ipvsadm -D ${flag(server.protocol)} ${at}`,
    },
  ];
}

function flag(protocol: string): string {
  return protocol === 'tcp' ? '-t' : protocol === 'udp' ? '-u' : '--sctp-service';
}
