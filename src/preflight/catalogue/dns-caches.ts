// Section 4 of the catalogue: DNS caches.
import type { Rule } from '../rule.ts';
import { networkmanagerDummies } from '../rules/networkmanager-dummies.ts';
import { nodelocaldnsBindsClusterip } from '../rules/nodelocaldns-binds-clusterip.ts';
import { nodelocaldnsLeaveIpvs } from '../rules/nodelocaldns-leave-ipvs.ts';
import { nodelocaldnsNft } from '../rules/nodelocaldns-nft.ts';

export const DNS_CACHES: readonly Rule[] = [
  nodelocaldnsBindsClusterip,
  nodelocaldnsLeaveIpvs,
  nodelocaldnsNft,
  networkmanagerDummies,
];
