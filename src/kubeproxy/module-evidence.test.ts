import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModuleState } from './kernel-state.ts';
import {
  byDryRun,
  parseAliasBlacklist,
  parseModuleBlacklist,
  parseModulesBuiltin,
  withoutDryRun,
  type DryRun,
  type ModuleEvidence,
} from './module-evidence.ts';

const NOTHING: ModuleEvidence = {
  loaded: new Set(),
  builtIn: new Set(),
  present: new Set(),
  refused: new Set(),
  withoutAliases: new Set(),
  loading: 'possible',
};
const IP_VS = new Set(['ip_vs']);
const UNLISTED = { builtIn: undefined };

describe('what can be told without modprobe', () => {
  it.each<[string, Partial<ModuleEvidence>, Partial<ModuleState> | undefined]>([
    ['it is in /proc/modules', { loaded: IP_VS }, { kind: 'loaded' }],
    ['it is part of the kernel', { builtIn: IP_VS }, { kind: 'builtIn' }],
    ['it has left a trace in /proc', { ...UNLISTED, present: IP_VS }, { kind: 'builtIn' }],
    ['the kernel was told not to take it', { refused: IP_VS }, { kind: 'missing', because: 'refused' }],
    ['it is loaded, and refused from now on', { refused: IP_VS, loaded: IP_VS }, { kind: 'loaded' }],
    ['the kernel was told to take none any more', { loading: 'disabled' }, { kind: 'missing', because: 'disabled' }],
    ['it is loaded, and no other will be', { loading: 'disabled', loaded: IP_VS }, { kind: 'loaded' }],
    ['the kernel takes none, and has not got it', { loading: 'unsupported' }, { kind: 'missing', because: 'absent' }],
    [
      'the kernel takes none, and shows no trace of it',
      { loading: 'unsupported', ...UNLISTED },
      { kind: 'missing', because: 'absent' },
    ],
    ['blacklisting does not make it missing', { withoutAliases: IP_VS }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_name, evidence, state) => {
    const found = withoutDryRun('ip_vs', { ...NOTHING, ...evidence });
    if (state === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(state);
  });

  it('is little of a module that leaves no traces in a kernel without loadable ones', () => {
    const evidence = { ...NOTHING, ...UNLISTED, loading: 'unsupported' } as const;
    expect(withoutDryRun('nft_fib_ipv4', evidence)).toEqual({
      kind: 'unknown',
      reason: 'the kernel has no loadable modules; what is built in cannot be seen',
    });
  });
});

describe('what a dry run of modprobe tells', () => {
  const LIB = '/host/lib/modules/6.1.0-56-cloud-amd64';
  // Recorded with kmod 30.
  const CONNTRACK = `insmod ${LIB}/kernel/net/netfilter/nf_conntrack.ko`;
  const INSMOD = `insmod ${LIB}/kernel/net/netfilter/ipvs/ip_vs.ko`;
  const NOT_FOUND = `modprobe: FATAL: Module ip_vs not found in directory ${LIB}`;
  const blocked = (line: string): ModuleState => ({
    kind: 'missing',
    because: 'blocked',
    reason: `blocked in modprobe.d: ${line}`,
  });
  const doubtful = (line: string): ModuleState => ({
    kind: 'unknown',
    reason: `modprobe.d runs a command instead of loading it: ${line}`,
  });

  it.each<[string, Partial<DryRun>, Partial<ModuleEvidence>, ModuleState]>([
    ['it would be loaded', { lines: [CONNTRACK, INSMOD] }, {}, { kind: 'loadable' }],
    ['compressed modules are modules', { lines: [`insmod ${LIB}/ip_vs.ko.zst`] }, {}, { kind: 'loadable' }],
    [
      'it would be loaded for whoever names it',
      { lines: [INSMOD] },
      { withoutAliases: IP_VS },
      { kind: 'loadable', byNameOnly: 'modprobe’s configuration has: blacklist ip_vs' },
    ],
    [
      'the kernel would refuse what it depends on',
      { lines: [`insmod ${LIB}/kernel/net/netfilter/nf-conntrack.ko.xz`, INSMOD] },
      { refused: new Set(['nf_conntrack']) },
      {
        kind: 'missing',
        because: 'refused',
        reason: 'it needs nf_conntrack, and the kernel’s command line has module_blacklist=nf_conntrack',
      },
    ],
    ['nothing is to be done for it', {}, {}, { kind: 'builtIn' }],
    ['newer kmod says so in words', { lines: ['builtin ip_vs'] }, UNLISTED, { kind: 'builtIn' }],
    ['without a list of what is built in, silence proves nothing', {}, UNLISTED, { kind: 'loadable' }],
    [
      'it, or what it depends on, is blocked',
      { lines: [CONNTRACK, 'install /bin/false'] },
      {},
      blocked('install /bin/false'),
    ],
    ['blocked with true', { lines: ['install /usr/bin/true'] }, {}, blocked('install /usr/bin/true')],
    ['blocked with words', { lines: ['install /bin/echo not here'] }, {}, blocked('install /bin/echo not here')],
    ['blocked by a word of the shell', { lines: ['install :'] }, {}, blocked('install :')],
    [
      'somebody’s own command would be run',
      { lines: ['install /sbin/modprobe --ignore-install ip_vs && /opt/hook'] },
      {},
      doubtful('install /sbin/modprobe --ignore-install ip_vs && /opt/hook'),
    ],
    [
      'a command that only begins like one that does nothing',
      { lines: ['install /bin/true; modprobe --ignore-install ip_vs'] },
      {},
      doubtful('install /bin/true; modprobe --ignore-install ip_vs'),
    ],
    ['it is not there', { code: 1, lines: [NOT_FOUND] }, {}, { kind: 'missing', because: 'absent', reason: NOT_FOUND }],
    [
      'the kernel has no directory of modules',
      { code: 1, lines: [NOT_FOUND] },
      UNLISTED,
      { kind: 'unknown', reason: `the node has no list of its kernel’s modules (${NOT_FOUND})` },
    ],
    [
      'modprobe says nothing',
      { code: 1 },
      {},
      { kind: 'missing', because: 'absent', reason: 'modprobe -n ip_vs ended with 1' },
    ],
    ['there is no modprobe', { code: 127 }, {}, { kind: 'unknown', reason: 'there is no modprobe to ask' }],
  ])('%s', (_name, run, evidence, state) => {
    expect(byDryRun('ip_vs', { code: 0, lines: [], ...run }, { ...NOTHING, ...evidence })).toEqual(state);
  });

  it('is never taken for "there" when modprobe failed', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 255 }), (lines, code) => {
        const { kind } = byDryRun('ip_vs', { code, lines }, NOTHING);
        expect(['missing', 'unknown']).toContain(kind);
      }),
    );
  });
});

it('modules.builtin holds paths', () => {
  expect([...parseModulesBuiltin('kernel/fs/ext4/ext4.ko\nkernel/net/ipv4/nf-x.ko.xz\n\nnonsense\n')]).toEqual([
    'ext4',
    'nf_x',
  ]);
});

it('the command line may forbid modules, and the resolving of aliases to them', () => {
  const line =
    'BOOT_IMAGE=/vmlinuz root=/dev/sda1 module_blacklist=ip_vs,nf-x quiet modprobe.blacklist=y module_blacklist=z\n';
  expect([...parseModuleBlacklist(line)]).toEqual(['ip_vs', 'nf_x', 'z']);
  expect(parseModuleBlacklist('').size).toBe(0);
  expect([
    ...parseAliasBlacklist(line, '# blacklist a\nblacklist nft-fib\n  blacklist b # why\noptions c d=1\n'),
  ]).toEqual(['y', 'nft_fib', 'b']);
});
