// Section 9 of the catalogue: Behaviour changes.
import type { Rule } from '../rule.ts';
import { affinityReset } from '../rules/affinity-reset.ts';
import { apiserverWebhookGap } from '../rules/apiserver-webhook-gap.ts';
import { clusteripReachability } from '../rules/clusterip-reachability.ts';
import { connectionsFromIpvs } from '../rules/connections-from-ipvs.ts';
import { darkWindow } from '../rules/dark-window.ts';
import { hostIptablesWriters } from '../rules/host-iptables-writers.ts';
import { lbIpmodeProxy } from '../rules/lb-ipmode-proxy.ts';
import { meshPresent } from '../rules/mesh-present.ts';
import { nodeWithoutInternalIp } from '../rules/node-without-internal-ip.ts';
import { providerLbHairpin } from '../rules/provider-lb-hairpin.ts';
import { serviceCidrOverlap } from '../rules/service-cidr-overlap.ts';

export const BEHAVIOUR: readonly Rule[] = [
  clusteripReachability,
  connectionsFromIpvs,
  affinityReset,
  darkWindow,
  apiserverWebhookGap,
  lbIpmodeProxy,
  providerLbHairpin,
  meshPresent,
  serviceCidrOverlap,
  nodeWithoutInternalIp,
  hostIptablesWriters,
];
