import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { portmapMarkChain } from './portmap-mark-chain.ts';

const line = '/host/etc/cni/net.d/10-bridge.conflist:      "externalSetMarkChain": "KUBE-MARK-MASQ"\n';
const marked = [node({ probe: { cniMarkChain: line } })];
const configMaps = {
  'kube-system/calico-config': { cni_network_config: '{"type": "portmap", "externalSetMarkChain": "KUBE-MARK-MASQ"}' },
};

testRule(portmapMarkChain, {
  'passes a node without it': { target: 'nftables', nodes: [node({ probe: { cniMarkChain: '' } })], finds: 'nothing' },
  'blocks nftables': { target: 'nftables', nodes: marked, finds: 'block', says: '10-bridge.conflist' },
  'warns towards ipvs': { target: 'ipvs', nodes: marked, finds: 'warn' },
  'warns towards iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs', probe: { cniMarkChain: line } })],
    finds: 'warn',
  },
  'blocks by the ConfigMap where nobody looked at the node': {
    target: 'nftables',
    nodes: [node({ probe: null })],
    configMaps,
    finds: 'block',
    says: 'ConfigMap kube-system/calico-config',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
