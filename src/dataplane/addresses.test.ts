import fc from 'fast-check';
import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { canonical, familyOf, holds, hostPort, parsePrefix, splitHostPort } from './addresses.ts';

const ADDRESS = fc.oneof(fc.ipV4(), fc.ipV6());

test('a prefix holds what the kernel of Node says it holds', () => {
  fc.assert(
    fc.property(ADDRESS, ADDRESS, fc.nat(128), (base, address, length) => {
      const family = familyOf(base) === 'IPv4' ? 'ipv4' : 'ipv6';
      fc.pre(length <= (family === 'ipv4' ? 32 : 128));
      const list = new BlockList();
      list.addSubnet(base, length, family);
      const prefix = parsePrefix(`${base}/${length}`);
      const same = familyOf(base) === familyOf(address);
      expect(prefix && holds(prefix, address)).toBe(same && list.check(address, family));
      expect(prefix && holds(prefix, base)).toBe(true);
    }),
  );
});

test('what is no prefix is none', () => {
  for (const text of ['', '10.0.0.0/33', '::/129', '10.0.0/8', 'x/8', '10.0.0.0/', '10.0.0.0/-1'])
    expect(parsePrefix(text)).toBeUndefined();
});

test('an address and a port can be put together and taken apart', () => {
  fc.assert(
    fc.property(ADDRESS, fc.nat(65_535), (address, port) => {
      expect(splitHostPort(hostPort(canonical(address), port))).toEqual({ address: canonical(address), port });
    }),
  );
});
