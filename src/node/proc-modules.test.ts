import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProcModules, planUnloading } from './proc-modules.ts';

// Recorded on Debian 12 in mode ipvs, shortened.
const RECORDED = `ip_vs_rr 16384 18 - Live 0xffffffffc0a3f000
ip_vs 208896 20 ip_vs_rr, Live 0xffffffffc09e4000
xt_conntrack 16384 3 - Live 0xffffffffc09df000
nf_nat 65536 1 xt_nat, Live 0xffffffffc09a0000
xt_nat 16384 0 - Live 0xffffffffc0990000
nf_conntrack 196608 3 ip_vs,xt_conntrack,nf_nat, Live 0xffffffffc0970000
nf_defrag_ipv4 16384 1 nf_conntrack, Live 0xffffffffc0960000
libcrc32c 16384 3 ip_vs,nf_nat,nf_conntrack, Live 0xffffffffc0950000
dummy 16384 0 - Live 0xffffffffc0940000
vboxguest 1 2 [permanent], Live 0xffffffffc0930000 (O)
`;

function table(...lines: readonly string[]): ReturnType<typeof parseProcModules> {
  return parseProcModules(lines.map((line) => `${line} Live 0x0\n`).join(''));
}

describe('/proc/modules', () => {
  it('tells names, references and users', () => {
    const modules = parseProcModules(RECORDED);
    expect(modules.size).toBe(10);
    expect(modules.get('nf_conntrack')).toEqual({
      name: 'nf_conntrack',
      references: 3,
      users: ['ip_vs', 'xt_conntrack', 'nf_nat'],
      permanent: false,
    });
    expect(modules.get('dummy')).toMatchObject({ references: 0, users: [] });
    expect(modules.get('vboxguest')).toMatchObject({ references: 2, users: [], permanent: true });
  });

  it('is read whatever it holds', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseProcModules(text)));
    expect(parseProcModules('\nnonsense\na b c d\n').size).toBe(0);
  });
});

describe('unloading', () => {
  it('goes against the order of loading', () => {
    const loaded = table('ip_vs_rr 1 0 -', 'ip_vs 1 1 ip_vs_rr,', 'nf_conntrack 1 2 ip_vs,nf_nat,', 'nf_nat 1 1 -');
    expect(planUnloading(['ip_vs', 'ip_vs_rr'], loaded)).toEqual({ unload: ['ip_vs_rr'], stay: [] });
  });

  it('names every module when each has to go by itself', () => {
    const loaded = table('dummy 1 0 -', 'xt_set 1 0 -');
    expect(planUnloading(['dummy', 'xt_set'], loaded)).toEqual({ unload: ['xt_set', 'dummy'], stay: [] });
  });

  it.each<[string, readonly string[], ReturnType<typeof parseProcModules>, string]>([
    ['in use by a module', ['ip_vs'], table('ip_vs 1 1 ip_vs_wlc,', 'ip_vs_wlc 1 0 -'), 'it is in use by ip_vs_wlc'],
    ['in use by something else', ['ip_vs_rr'], table('ip_vs_rr 1 18 -'), 'it is in use'],
    ['permanent', ['x'], table('x 1 0 [permanent],'), 'it cannot be unloaded'],
    ['nf_conntrack', ['nf_conntrack'], table('nf_conntrack 1 0 -'), 'whether it is needed cannot be seen'],
    ['br_netfilter', ['br_netfilter'], table('br_netfilter 1 0 -'), 'whether it is needed cannot be seen'],
    [
      'the last to hold a module that is not ours',
      ['ip_vs'],
      table('ip_vs 1 0 -', 'libcrc32c 1 1 ip_vs,'),
      'unloading it would unload libcrc32c, too',
    ],
    [
      'the last to hold one that holds one that is not ours',
      ['a', 'b'],
      table('b 1 0 -', 'a 1 1 b,', 'foreign 1 1 a,'),
      'unloading it would unload foreign, too',
    ],
    [
      'the last to hold conntrack, although that is ours',
      ['nf_conntrack', 'ip_vs'],
      table('ip_vs 1 0 -', 'nf_conntrack 1 1 ip_vs,'),
      'unloading it would unload nf_conntrack, too',
    ],
  ])('leaves a module that is %s', (_name, ours, loaded, why) => {
    const { unload, stay } = planUnloading(ours, loaded);
    expect(unload).toEqual([]);
    expect(stay.map((each) => each.why)).toContain(why);
  });

  it('does not mind a module that is gone', () => {
    expect(planUnloading(['ip_vs'], table())).toEqual({ unload: [], stay: [] });
  });

  it('never takes a module along that is not ours', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'nf_conntrack'];
    // Each module depends on some of those before it.
    const dependencies = fc.array(fc.subarray(names), { minLength: names.length, maxLength: names.length });
    fc.assert(
      fc.property(dependencies, fc.subarray(names), fc.nat(2), (chosen, ours, held) => {
        const below = names.map((_, index) => (chosen[index] ?? []).filter((name) => names.indexOf(name) < index));
        const usersOf = (name: string): readonly string[] =>
          names.filter((_, index) => below[index]?.includes(name) === true);
        const loaded = table(
          ...names.map((name, index) => {
            const users = usersOf(name);
            const references = users.length + (index === held ? 1 : 0);
            return `${name} 1 ${references} ${users.length === 0 ? '-' : `${users.join(',')},`}`;
          }),
        );
        const left = new Set(names);
        for (const name of planUnloading(ours, loaded).unload) unload(name);
        expect([...left].filter((name) => !ours.includes(name))).toEqual(names.filter((name) => !ours.includes(name)));
        expect(left.has('nf_conntrack')).toBe(true);
        expect(left.has(names[held] ?? '')).toBe(true);

        /** modprobe -r. */
        function unload(name: string): void {
          expect(usersOf(name).filter((user) => left.has(user))).toEqual([]);
          left.delete(name);
          for (const dependency of below[names.indexOf(name)] ?? []) {
            const isHeld = names.indexOf(dependency) === held || usersOf(dependency).some((user) => left.has(user));
            if (left.has(dependency) && !isHeld) unload(dependency);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
