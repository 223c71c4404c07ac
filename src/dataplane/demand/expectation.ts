// Where one packet to one front of a Service port should end.
import { holds, parsePrefix } from '../addresses.ts';
import type { Origin, Packet } from '../walk/packet.ts';
import { isGuarded, type Demand } from './demand.ts';
import type { Endpoint } from './endpoints.ts';
import type { Front, ServicePort } from './service-ports.ts';

export type Expectation =
  | {
      readonly kind: 'endpoints';
      /** Any of these sets is right, each endpoint as likely as the others. */
      readonly sets: readonly (readonly Endpoint[])[];
      readonly masquerade: boolean;
      readonly affinitySeconds: number | undefined;
    }
  | { readonly kind: 'rejected' | 'dropped' }
  /** Rejected or dropped: versions differ. */
  | { readonly kind: 'refused' }
  /** Versions differ so far that nothing can be demanded. */
  | { readonly kind: 'anything' };

export function expectation(demand: Demand, port: ServicePort, front: Front, packet: Packet): Expectation {
  if (isGuarded(port, front) && !isAllowed(demand, port, packet))
    return { kind: port.hasEndpoints ? 'dropped' : 'refused' };
  if (!port.hasEndpoints) return { kind: 'rejected' };
  const { local, masquerade } = treatment(demand, port, front, packet);
  if (!local || port.local.length > 0)
    return {
      kind: 'endpoints',
      sets: local ? [port.local] : port.cluster,
      masquerade,
      affinitySeconds: port.affinitySeconds,
    };
  // syncEndpoint, pkg/proxy/ipvs/proxier.go: without a local endpoint all are used in some versions, none in others.
  return { kind: demand.mode === 'ipvs' ? 'anything' : 'dropped' };
}

/** Connections of the node itself are let through where its own address is allowed. */
function isAllowed({ view }: Demand, port: ServicePort, { from, source, family }: Packet): boolean {
  const client = from === 'host' ? (view.primary[family] ?? source) : source;
  return port.sourceRanges.some((range) => {
    const prefix = parsePrefix(range.trim());
    return prefix !== undefined && holds(prefix, client);
  });
}

type Treatment = { readonly local: boolean; readonly masquerade: boolean };

function treatment(demand: Demand, port: ServicePort, front: Front, packet: Packet): Treatment {
  if (front.kind === 'clusterIP')
    return { local: port.internalPolicy === 'Local', masquerade: masqueradesClusterIP(demand, packet) };
  if (port.externalPolicy === 'Cluster') return { local: false, masquerade: true };
  if (demand.mode === 'ipvs') return { local: true, masquerade: false };
  // Pods and the node itself are short-circuited to all endpoints; only what comes from outside stays on the node.
  if (packet.from === 'host') return { local: false, masquerade: true };
  return { local: !isPod(demand, packet), masquerade: false };
}

function masqueradesClusterIP(demand: Demand, packet: Packet): boolean {
  if (demand.settings.masqueradeAll) return true;
  if (demand.view.detects[packet.family]) return !isPod(demand, packet);
  // With no way to tell pods from others, mode ipvs still masquerades what the node sends from a Service's address.
  return demand.mode === 'ipvs' && packet.source === packet.destination;
}

/** As kube-proxy's local detector sees it. */
function isPod({ view }: Demand, { from, source, family }: Packet): boolean {
  if (!view.detects[family]) return false;
  const byInterface = view.podRanges.length === 0;
  return byInterface ? from === 'pod' : view.podRanges.some((range) => holds(range, source));
}

export const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  pod: 'pods',
  host: 'the node itself',
  outside: 'outside',
};
