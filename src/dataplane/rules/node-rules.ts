// Everything that was read of one node. undefined: was not read, so nothing can be said about it.
import type { IptablesRuleset } from './iptables.ts';
import type { IpSets, VirtualServers } from './ipvs.ts';
import type { NftRuleset } from './nftables.ts';
import type { NodeAddress } from './node-addresses.ts';

export type NodeRules = {
  /** Per family and backend; more than one a family where legacy and nf_tables stand side by side. */
  readonly iptables: readonly IptablesRuleset[];
  readonly nftables: NftRuleset | undefined;
  readonly virtualServers: VirtualServers | undefined;
  readonly ipSets: IpSets | undefined;
  readonly addresses: readonly NodeAddress[] | undefined;
};
