// What `ip -j addr` would say, from /proc: fib_trie knows every address of IPv4 and not its device. The devices of most follow from
// the routes; those of kube-ipvs0, which has none, from what kube-proxy puts there: the addresses of Services.
import { parseIpAddresses } from '../../dataplane/parse/ip-addresses.ts';
import { parseProcNetIpVs } from '../../dataplane/parse/proc-net-ip-vs.ts';
import type { Objects } from '../../dataplane/recording/read-recording.ts';
import { IPVS_DEVICE } from '../../dataplane/rules/node-addresses.ts';
import { parseDevices, parseFibTrie, parseInet6 } from '../../preflight/parse/addresses.ts';
import { ADDRESSES, PROC_IP_VS } from './rules-commands.ts';

/** `outputs` by id of command. undefined where neither `ip` nor /proc says anything. */
export function addressesText(outputs: ReadonlyMap<string, string>, { services }: Objects): string | undefined {
  const told = outputs.get(ADDRESSES.ip);
  if (told !== undefined && parseIpAddresses(told) !== undefined) return told;
  const fibTrie = outputs.get(ADDRESSES.fibTrie);
  if (fibTrie === undefined) return undefined;
  const text = (id: string): string => outputs.get(id) ?? '';
  const hasIpvs = parseDevices(text(ADDRESSES.devices)).includes(IPVS_DEVICE);
  const isVirtual = hasIpvs ? virtualTest(services, text(PROC_IP_VS)) : () => false;
  const all = [
    ...parseFibTrie(fibTrie, text(ADDRESSES.routes)).map(({ address, device }) => ({
      address,
      device: device ?? (isVirtual(address) ? IPVS_DEVICE : ''),
    })),
    ...parseInet6(text(ADDRESSES.inet6)),
  ];
  const byDevice = Map.groupBy(all, ({ device = '' }) => device);
  return JSON.stringify(
    [...byDevice].map(([ifname, ones]) => ({ ifname, addr_info: ones.map(({ address }) => ({ local: address })) })),
  );
}

/** A Service's now, or served on a port that is no node port: that of a Service that is gone. */
function virtualTest(services: Objects['services'], procIpVs: string): (address: string) => boolean {
  const fronts = new Set(
    services.flatMap(({ spec, status }) => [
      ...(spec?.clusterIPs ?? [spec?.clusterIP ?? '']),
      ...(spec?.externalIPs ?? []),
      ...(status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip),
    ]),
  );
  const nodePorts = new Set(services.flatMap(({ spec }) => (spec?.ports ?? []).map(({ nodePort }) => nodePort)));
  for (const { address, port } of parseProcNetIpVs(procIpVs).servers.values())
    if (!nodePorts.has(port)) fronts.add(address);
  return (address) => fronts.has(address);
}
