import { NOT_ASKED } from '../probe-commands.ts';
import { ended, modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nftFibMissing } from './nft-fib-missing.ts';

const error = ended(1, 'Error: Could not process rule: No such file or directory');
const left = ended(NOT_ASKED, 'nft_fib_ipv4 is not loaded, and asking about it would load it');
const notAsked = { nftFib: left, nftFib6: left };
const noNft = { nftFib: ended(127), nftFib6: ended(127) };

testRule(nftFibMissing, {
  'passes what the kernel takes': {
    target: 'nftables',
    nodes: [node({ probe: { nftFib: '', nftFib6: '' } })],
    finds: 'nothing',
  },
  'blocks what it does not take': {
    target: 'nftables',
    nodes: [node({ probe: { nftFib: error, nftFib6: '' } })],
    finds: 'block',
    says: ['IPv4: exit code 1: Error: Could not process rule: No such file or directory', 'every sync fails'],
  },
  'blocks a missing IPv6 half, though IPv4 is unknown': {
    target: 'nftables',
    nodes: [node({ probe: { nftFib6: error } })],
    finds: 'block',
    says: 'IPv6',
  },
  'goes by modules where there is no nft': {
    target: 'nftables',
    nodes: [
      node({ probe: { ...noNft, modprobe: modprobe({ nft_fib_ipv4: 'loadable', nft_fib_ipv6: 'loadable' }) } }),
      node({
        name: 'n2',
        probe: { ...noNft, modprobe: modprobe({ nft_fib_ipv4: 'missing', nft_fib_ipv6: 'missing' }) },
      }),
    ],
    finds: ['block'],
    says: 'module nft_fib_ipv4 is missing',
  },
  'goes by modules where asking would have loaded them': {
    target: 'nftables',
    nodes: [
      node({ probe: { ...notAsked, modprobe: modprobe({ nft_fib_ipv4: 'loadable', nft_fib_ipv6: 'loadable' }) } }),
      node({
        name: 'n2',
        probe: { ...notAsked, modprobe: modprobe({ nft_fib_ipv4: 'blocked', nft_fib_ipv6: 'blocked' }) },
      }),
    ],
    finds: ['block'],
    says: ['module nft_fib_ipv4 is missing', 'grep -rnE', 'modprobe -a nft_fib_ipv4 nft_fib_ipv6'],
  },
  'blocks modules nothing would load': {
    target: 'nftables',
    loads: false,
    nodes: [
      node({
        probe: {
          ...notAsked,
          modprobe: modprobe({ nft_fib_ipv4: 'loadable', nft_fib_ipv6: 'loadable' }),
          modprobeBlacklist: 'blacklist nft_fib_ipv6\n',
        },
      }),
    ],
    finds: 'block',
    says: [
      'nft_fib_ipv6 is not loaded, and nothing will load it',
      'blacklist nft_fib_ipv6',
      'modprobe -a nft_fib_ipv6',
    ],
  },
  'goes by the build configuration of the kernel': {
    target: 'nftables',
    nodes: [
      node({ probe: { ...noNft, kernelConfig: 'CONFIG_NFT_FIB_IPV4=y\nCONFIG_NFT_FIB_IPV6=m\n' } }),
      node({
        name: 'n2',
        probe: { ...noNft, kernelConfig: 'CONFIG_NFT_FIB_IPV4=y\n# CONFIG_NFT_FIB_IPV6 is not set\n' },
      }),
    ],
    finds: ['block'],
    says: 'CONFIG_NFT_FIB_IPV6 is not set',
  },
  'takes a crash of nft for no word of the kernel': {
    target: 'nftables',
    nodes: [
      node({
        probe: {
          nftFib: ended(139),
          nftFib6: ended(139),
          modprobe: modprobe({ nft_fib_ipv4: 'loadable', nft_fib_ipv6: 'loadable' }),
        },
      }),
    ],
    finds: 'nothing',
  },
  'is not asked for other targets': { target: 'ipvs', nodes: [node({ probe: { nftFib: error } })], finds: 'nothing' },
  'does not know without the right to ask': {
    target: 'nftables',
    nodes: [node({ probe: { nftFib: ended(1, 'Operation not permitted (you must be root)'), nftFib6: '' } })],
    finds: 'unknown',
    says: 'without the right',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
