import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nftBinarySkew } from './nft-binary-skew.ts';

const nftVersion = 'nftables v1.0.6 (Lester Gooch #5)\n';
const fine = { nftVersion, nftRuleset: '', hostPrograms: 'nft\niptables\n' };
const crashed = { nftVersion, nftRuleset: ended(139, 'Segmentation fault'), hostPrograms: 'nft\n' };
const trixie = 'Debian GNU/Linux 13 (trixie)';

testRule(nftBinarySkew, {
  'passes Debian 12': {
    target: 'nftables',
    nodes: [node({ osImage: 'Debian GNU/Linux 12 (bookworm)', probe: fine })],
    finds: 'nothing',
  },
  'passes Ubuntu 24.04, and one nobody looked at': {
    target: 'nftables',
    nodes: [node({ osImage: 'Ubuntu 24.04.3 LTS', probe: fine }), node({ name: 'n2', probe: null })],
    finds: 'nothing',
  },
  'blocks a crash': {
    target: 'nftables',
    nodes: [node({ osImage: trixie, probe: crashed })],
    finds: 'block',
    says: ['nft 1.0.6', 'signal 11', '1.37'],
  },
  'warns of a newer nft on the host': {
    target: 'nftables',
    nodes: [node({ osImage: trixie, probe: fine })],
    finds: 'warn',
    says: "kube-proxy's nft is 1.0.6",
  },
  'passes a host without nft': {
    target: 'nftables',
    nodes: [
      node({ osImage: 'Flatcar Container Linux by Kinvolk 4230', probe: { ...fine, hostPrograms: 'modprobe\n' } }),
    ],
    finds: 'nothing',
  },
  'passes the repaired nft 1.0.6.1': {
    target: 'nftables',
    nodes: [node({ osImage: trixie, probe: { ...fine, nftVersion: 'nftables v1.0.6.1 (x)\n' } })],
    finds: 'nothing',
  },
  'only warns of a crash from 1.37 on': {
    target: 'nftables',
    version: 'v1.37.0',
    nodes: [node({ osImage: trixie, probe: crashed })],
    finds: 'warn',
    says: 'netlink',
  },
  'passes a kube-proxy of the host': {
    target: 'nftables',
    proxy: null,
    nodes: [
      node({
        osImage: trixie,
        programs: 'host',
        hasPod: false,
        probe: { ...fine, nftVersion: 'nftables v1.1.3 (x)\n' },
      }),
    ],
    finds: 'nothing',
  },
  'passes over SSH where the host has an older nft': {
    target: 'nftables',
    nodes: [node({ osImage: 'Gentoo', programs: 'host', probe: fine })],
    finds: 'nothing',
  },
  'leaves an image without nft to another rule': {
    target: 'nftables',
    nodes: [node({ osImage: trixie, probe: { nftVersion: ended(127), nftRuleset: ended(127) } })],
    finds: 'nothing',
  },
  'does not know an image that was not run on a host with a newer nft': {
    target: 'nftables',
    nodes: [node({ osImage: trixie, programs: 'host', probe: { ...fine, nftVersion: 'nftables v1.1.3 (x)\n' } })],
    finds: 'unknown',
    says: 'nft 1.1.3',
  },
  'does not know what it had no right to ask': {
    target: 'nftables',
    nodes: [
      node({ osImage: trixie, probe: { ...fine, nftRuleset: ended(1, 'Operation not permitted (you must be root)') } }),
    ],
    finds: 'unknown',
  },
});
