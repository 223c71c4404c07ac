import { describe, expect, it } from 'vitest';
import { parseAccept, parseTargets, parseTimeout } from './options.ts';

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

describe('--timeout', () => {
  it.each([
    ['90s', 90_000],
    ['2m', 120_000],
    ['1m30s', 90_000],
  ])('takes %s', (text, milliseconds) => {
    expect(parseTimeout(text)).toBe(milliseconds);
  });

  it.each(['0s', '90', '-1s', ''])('refuses %j', (text) => {
    expect(() => parseTimeout(text)).toThrow('a duration above zero');
  });
});
