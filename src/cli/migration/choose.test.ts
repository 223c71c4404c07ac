import { describe, expect, it } from 'vitest';
import { ago, migration } from '../testing/migration.ts';
import { chosen, onlyOne } from './choose.ts';

const open = migration({ name: 'open' });
const over = migration({ name: 'over', status: { phase: 'Succeeded', finishedAt: ago(9) } });
const other = migration({ name: 'other' });

describe('which migration is meant', () => {
  it.each(['over', 'pmm/over', 'proxymodemigration.proxymode.dev/over', 'proxymodemigrations/over'])(
    'is what was named: %s',
    (name) => {
      expect(chosen([open, over], name)).toBe(over);
    },
  );

  it('is the only one, or the only one that is not over', () => {
    expect(chosen([over], undefined)).toBe(over);
    expect(chosen([over, open], undefined)).toBe(open);
    expect(onlyOne([open, over, other])).toBeUndefined();
  });

  it.each([
    [[], undefined, 'there is no ProxyModeMigration in this cluster'],
    [[open, other], undefined, 'which migration? There are open, other'],
    [[open], 'oben', 'there is no ProxyModeMigration "oben"; there are open'],
    [[], 'open', 'there is no ProxyModeMigration "open"; there is none in this cluster'],
    [
      Array.from({ length: 8 }, (_, index) => migration({ name: `m${index}` })),
      undefined,
      'which migration? There are m0, m1, m2, m3, m4 and 3 more',
    ],
  ])('is asked for where it is not clear: %#', (all, name, words) => {
    expect(() => chosen(all, name)).toThrow(words);
  });
});
