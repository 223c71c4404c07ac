import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nftProtocolNames } from './nft-protocol-names.ts';

const named = { protocolNames: 'tcp\t6\tTCP\n' };
const nameless = { protocolNames: ended(2) };

testRule(nftProtocolNames, {
  'passes an image with the file': { target: 'nftables', nodes: [node({ probe: named })], finds: 'nothing' },
  'blocks an image without it': {
    target: 'nftables',
    nodes: [node({ probe: nameless })],
    finds: 'block',
    says: ["no /etc/protocols with tcp in kube-proxy's image", 'netbase'],
  },
  'blocks a file without tcp': {
    target: 'nftables',
    nodes: [node({ probe: { protocolNames: ended(1) } })],
    finds: 'block',
  },
  'passes a kube-proxy that does not read its maps when it starts': {
    target: 'nftables',
    version: 'v1.32.4',
    nodes: [node({ probe: nameless })],
    finds: 'nothing',
  },
  'passes a kube-proxy that asks the kernel itself': {
    target: 'nftables',
    version: 'v1.37.0',
    nodes: [node({ probe: nameless })],
    finds: 'nothing',
  },
  'passes an image that was not run': {
    target: 'nftables',
    nodes: [node({ programs: 'host', probe: nameless }), node({ name: 'n2', probe: null })],
    finds: 'nothing',
  },
  'blocks a host without it, where kube-proxy runs on the host': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ programs: 'host', probe: nameless, hasPod: false })],
    finds: 'block',
    says: 'in the host',
  },
  'looks at the way back to nftables, too': {
    target: 'iptables',
    nodes: [node({ mode: 'nftables', probe: nameless })],
    direction: 'rollback',
    finds: 'block',
  },
  'does not know where grep did not answer': {
    target: 'nftables',
    nodes: [node({ probe: {} })],
    finds: 'unknown',
  },
  'does not know an image without a version': {
    target: 'nftables',
    version: 'latest',
    nodes: [node({ probe: nameless })],
    finds: 'unknown',
  },
});
