import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shortNames } from './short-names.ts';

const short = (names: readonly string[], width: number): readonly string[] | undefined => {
  const made = shortNames(names, width);
  return made === undefined ? undefined : [...made.values()];
};

it('leaves names alone that fit', () => {
  expect(short(['node-1', 'node-2'], 6)).toEqual(['node-1', 'node-2']);
});

it('drops the domain all have, then what all begin with', () => {
  const names = ['ip-10-0-12-34.eu-west-1.compute.internal', 'ip-10-0-13-7.eu-west-1.compute.internal'];
  expect(short(names, 20)).toEqual(['ip-10-0-12-34', 'ip-10-0-13-7']);
  expect(short(names, 10)).toEqual(['…12-34', '…13-7']);
});

it('drops what stands in the middle of those that differ at both ends', () => {
  const names = ['aks-pool1-12345678-vmss000000', 'aks-pool1-12345678-vmss00000a', 'aks-extra-87654321-vmss000000'];
  expect(short(names, 16)).toEqual(['…pool…vmss000000', '…pool…vmss00000a', '…extr…vmss000000']);
});

it('says where there is no room to tell them apart', () => {
  expect(short(['a-left-1234567890-x', 'a-right-1234567890-x'], 5)).toBeUndefined();
});

it('never makes two the same, nor one longer than asked', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/), { maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      (names, width) => {
        const made = short(names, width);
        if (made === undefined) return;
        expect(new Set(made).size).toBe(names.length);
        for (const name of made) expect(name.length).toBeLessThanOrEqual(width);
      },
    ),
  );
});
