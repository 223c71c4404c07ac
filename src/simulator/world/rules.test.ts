import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mode } from './modes.ts';
import { afterCleaning, afterReset, afterSync, darkTime, isDark, NO_RULES, type Rules } from './rules.ts';

const modes: readonly Mode[] = ['iptables', 'ipvs', 'nftables'];
const mode = fc.constantFrom(...modes);
const step = fc.oneof(
  fc.record({ kind: fc.constant('clean' as const), modes: fc.uniqueArray(mode), by: mode }),
  fc.record({ kind: fc.constant('sync' as const), mode }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(rules: Rules, one: Step, at: number): Rules {
  return one.kind === 'clean' ? afterCleaning(rules, one.modes, at, one.by) : afterSync(rules, one.mode, at);
}

test('a machine that never served is not dark, whatever is cleaned on it', () => {
  expect(isDark(afterCleaning(NO_RULES, modes, 5, 'nftables'))).toBe(false);
});

test('the window spans from the clean-up to the first sync', () => {
  const served = afterSync(NO_RULES, 'iptables', 0);
  const cleaned = afterCleaning(served, ['iptables', 'ipvs'], 10, 'nftables');
  expect([isDark(cleaned), darkTime(cleaned, 25)]).toEqual([true, 15]);
  const again = afterSync(cleaned, 'nftables', 40);
  expect(again.dark).toEqual([{ from: 10, to: 40, reason: 'nftables deleted the rules of iptables' }]);
  expect(darkTime(again, 1000)).toBe(30);
});

test('cleaning up what does not serve leaves the node lit', () => {
  const both = afterSync(afterSync(NO_RULES, 'iptables', 0), 'ipvs', 1);
  expect(afterCleaning(both, ['iptables'], 2, 'ipvs')).toEqual({ serving: 'ipvs', present: ['ipvs'], dark: [] });
});

test('a machine that is gone is dark no longer', () => {
  const dark = afterCleaning(afterSync(NO_RULES, 'ipvs', 0), ['ipvs'], 1, 'nftables');
  expect(afterReset(dark, 9)).toEqual({
    serving: undefined,
    present: [],
    dark: [{ from: 1, to: 9, reason: expect.any(String) }],
  });
});

test('dark exactly when it once served and serves no more; windows never overlap', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let rules = NO_RULES;
      let served = false;
      for (const [at, one] of steps.entries()) {
        rules = apply(rules, one, at);
        served ||= one.kind === 'sync';
        expect(isDark(rules)).toBe(served && rules.serving === undefined);
        if (rules.serving !== undefined) expect(rules.present).toContain(rules.serving);
      }
      const ends = rules.dark.flatMap(({ from, to }) => [from, to ?? steps.length]);
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    }),
  );
});
