import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ended } from '../testing/node.ts';
import { nftBinaryMissing } from './nft-binary-missing.ts';

const nft = (version: string): { readonly nftVersion: string } => ({
  nftVersion: `nftables v${version} (Lester Gooch #5)\n`,
});
const without = { nftVersion: ended(127) };

testRule(nftBinaryMissing, {
  'passes the nft of an image': { target: 'nftables', nodes: [node({ probe: nft('1.0.6.1') })], finds: 'nothing' },
  'blocks an image without nft': {
    target: 'nftables',
    version: 'v1.28.9',
    nodes: [node({ probe: without })],
    finds: 'block',
    says: "kube-proxy's image has no nft",
  },
  'blocks an nft that is too old': {
    target: 'nftables',
    nodes: [node({ probe: nft('0.9.8') })],
    finds: 'block',
    says: 'nft 0.9.8',
  },
  'goes by the version where the image was not run': {
    target: 'nftables',
    nodes: [node({ programs: 'host', probe: without }), node({ name: 'n2', probe: null })],
    finds: 'nothing',
  },
  'blocks an old image that was not run': {
    target: 'nftables',
    version: 'v1.27.4',
    nodes: [node({ programs: 'host', probe: nft('1.0.9') })],
    finds: 'block',
    says: 'v1.27.4',
  },
  'blocks a kube-proxy of the host whose host has no nft': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ programs: 'host', probe: without, hasPod: false })],
    finds: 'block',
    says: ['The host has no nft', 'apt-get install nftables'],
  },
  'passes a kube-proxy of the host whose host has it': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ programs: 'host', probe: nft('1.0.6'), hasPod: false })],
    finds: 'nothing',
  },
  'looks at the way back to nftables, too': {
    target: 'iptables',
    nodes: [node({ mode: 'nftables', probe: without })],
    direction: 'rollback',
    finds: 'block',
  },
  'does not know a host nobody looked at': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ probe: null, hasPod: false })],
    finds: 'unknown',
  },
  'does not know an image without a version': {
    target: 'nftables',
    version: 'latest',
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
