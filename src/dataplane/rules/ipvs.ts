// Virtual servers, ipsets and the dummy device: what mode ipvs keeps outside iptables.
import type { NotUnderstood } from './not-understood.ts';

export type RealServer = {
  readonly address: string;
  readonly port: number;
  /** 0: draining. */
  readonly weight: number;
  /** undefined where the source does not say. */
  readonly connections: { readonly active: number; readonly inactive: number } | undefined;
};

export type VirtualServer = {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly scheduler: string;
  /** ClientIP affinity. */
  readonly persistentSeconds: number | undefined;
  /** Where the source says it in ticks of the kernel only, and the seconds are a guess. */
  readonly persistentTicks?: number;
  readonly servers: readonly RealServer[];
};

export type VirtualServers = {
  /** By `serverKey`. */
  readonly servers: ReadonlyMap<string, VirtualServer>;
  readonly notUnderstood: NotUnderstood;
};

export function serverKey(server: Pick<VirtualServer, 'protocol' | 'address' | 'port'>): string {
  return `${server.protocol} ${server.address} ${server.port}`;
}

export type IpSet = { readonly name: string; readonly type: string; readonly elements: ReadonlySet<string> };

export type IpSets = { readonly sets: ReadonlyMap<string, IpSet>; readonly notUnderstood: NotUnderstood };
