// Section 6 of the catalogue: NodePorts, host firewall, conntrack.
import type { Rule } from '../rule.ts';
import { conntrackInvalid } from '../rules/conntrack-invalid.ts';
import { etpLocalBlackhole } from '../rules/etp-local-blackhole.ts';
import { etpLocalIpvsHostnetwork } from '../rules/etp-local-ipvs-hostnetwork.ts';
import { forwardDrop } from '../rules/forward-drop.ts';
import { healthcheckNodeport } from '../rules/healthcheck-nodeport.ts';
import { hostFirewallHoles } from '../rules/host-firewall-holes.ts';
import { hostportIptablesLess } from '../rules/hostport-iptables-less.ts';
import { hostportVsClusterip } from '../rules/hostport-vs-clusterip.ts';
import { localhostNodeport } from '../rules/localhost-nodeport.ts';
import { masqChainUsers } from '../rules/masq-chain-users.ts';
import { nodeportAddressesDefault } from '../rules/nodeport-addresses-default.ts';
import { nodeportOnBridgeIps } from '../rules/nodeport-on-bridge-ips.ts';
import { portmapMarkChain } from '../rules/portmap-mark-chain.ts';

export const NODE_PORTS: readonly Rule[] = [
  localhostNodeport,
  nodeportAddressesDefault,
  nodeportOnBridgeIps,
  hostFirewallHoles,
  forwardDrop,
  conntrackInvalid,
  etpLocalBlackhole,
  etpLocalIpvsHostnetwork,
  healthcheckNodeport,
  hostportVsClusterip,
  hostportIptablesLess,
  portmapMarkChain,
  masqChainUsers,
];
