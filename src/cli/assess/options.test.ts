import { describe, expect, it } from 'vitest';
import { parseAccept, parseTargets } from './options.ts';

describe('--target', () => {
  it('takes modes in any order, each once, and gives them in the order of the table', () => {
    expect(parseTargets('nftables, iptables,nftables')).toEqual(['iptables', 'nftables']);
  });

  it.each(['userspace', '', 'ipvs,', 'IPVS'])('refuses %j', (text) => {
    expect(() => parseTargets(text)).toThrow();
  });
});

describe('--accept', () => {
  it('takes ids separated by commas', () => {
    expect(parseAccept('kernel-min-nft, dark-window')).toEqual(['kernel-min-nft', 'dark-window']);
  });
});
