// Where a person would look for what is wrong with one address of a Service: the chain, the map or the virtual server by its name.
import { hostPort } from '../addresses.ts';
import type { Demand } from '../demand/demand.ts';
import { iptablesHash, nftName } from '../demand/names.ts';
import type { Front, ServicePort } from '../demand/service-ports.ts';
import type { Remark } from './judge.ts';

/** Remarks on how endpoints are drawn and treated lead to the chain that draws; the others to where the address is caught. */
const DRAWN: ReadonlySet<string> = new Set([
  'endpoint-missing',
  'endpoint-stale',
  'share-wrong',
  'affinity-wrong',
  'hairpin-missing',
]);

/** Where such a packet ended is not where it was missed: mode nftables rejects at cluster-ips-check what no map has taken. */
const FELL_THROUGH = /^not-served|^not-refused|cluster-ips-check$/;

export function placeName(demand: Demand, port: ServicePort, front: Front, remark: Remark): string {
  if (remark.where !== undefined && !FELL_THROUGH.test(`${remark.id} ${remark.where}`)) return remark.where;
  switch (demand.mode) {
    case 'iptables':
      return iptablesPlace(port, front, remark);
    case 'nftables':
      return nftPlace(port, front, remark);
    case 'ipvs':
      return front.kind === 'nodePort'
        ? `virtual servers of port ${front.port}`
        : `virtual server ${hostPort(front.address, front.port)}`;
  }
}

function isLocal(port: ServicePort, front: Front): boolean {
  return (front.kind === 'clusterIP' ? port.internalPolicy : port.externalPolicy) === 'Local';
}

function iptablesPlace(port: ServicePort, front: Front, { id }: Remark): string {
  const hash = iptablesHash(port);
  if (DRAWN.has(id)) return `nat KUBE-${isLocal(port, front) ? 'SVL' : 'SVC'}-${hash}`;
  if (id === 'not-refused') return `filter ${front.kind === 'clusterIP' ? 'KUBE-SERVICES' : 'KUBE-EXTERNAL-SERVICES'}`;
  if (id.startsWith('masquerade')) return `nat KUBE-${front.kind === 'clusterIP' ? 'SVC' : 'EXT'}-${hash}`;
  return `nat ${front.kind === 'nodePort' ? 'KUBE-NODEPORTS' : 'KUBE-SERVICES'}`;
}

function nftPlace(port: ServicePort, front: Front, { id }: Remark): string {
  const name = nftName(port);
  if (DRAWN.has(id)) return `chain ${isLocal(port, front) ? 'local' : 'service'}-${name}`;
  if (id === 'not-refused')
    return `map ${front.kind === 'nodePort' ? 'no-endpoint-nodeports' : 'no-endpoint-services'}`;
  if (id.startsWith('masquerade')) return front.kind === 'clusterIP' ? 'chain services' : `chain external-${name}`;
  return `map ${front.kind === 'nodePort' ? 'service-nodeports' : 'service-ips'}`;
}
