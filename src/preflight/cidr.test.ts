import { expect, it } from 'vitest';
import { familyOf, ranges } from './cidr.ts';

const service = ranges(['10.96.0.0/16', 'fd00:96::/112', 'nonsense', '10.0.0.0/33']);

it.each([
  ['10.96.255.255', true],
  ['10.97.0.0', false],
  ['fd00:96::ff', true],
  ['fd00:96::1:0', false],
  ['', false],
])('knows whether %s is inside', (address, inside) => expect(service.has(address)).toBe(inside));

it.each([
  ['10.96.3.0/24', true],
  ['10.64.0.0/10', true],
  ['10.95.0.0/16', false],
  ['fd00::/16', true],
  ['10.96.3.0', false],
  ['::/0', true],
])('knows whether %s shares addresses', (cidr, shared) => expect(service.overlaps(cidr)).toBe(shared));

it('tells families apart', () => {
  expect([familyOf('10.0.0.1'), familyOf('::1'), familyOf('host')]).toEqual(['IPv4', 'IPv6', undefined]);
});
