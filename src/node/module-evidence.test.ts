import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModuleState } from '../kubeproxy/kernel-state.ts';
import {
  byDryRun,
  parseModuleBlacklist,
  parseModulesBuiltin,
  withoutDryRun,
  type DryRun,
  type Evidence,
} from './module-evidence.ts';

const NOTHING: Evidence = {
  loaded: new Set(),
  builtIn: new Set(),
  present: new Set(),
  blacklisted: new Set(),
  loadingDisabled: false,
};

describe('what can be told without modprobe', () => {
  it.each<[string, Partial<Evidence>, ModuleState['kind'] | undefined]>([
    ['it is in /proc/modules', { loaded: new Set(['ip_vs']) }, 'loaded'],
    ['it is part of the kernel', { builtIn: new Set(['ip_vs']) }, 'builtIn'],
    ['it has left a trace in /proc', { builtIn: undefined, present: new Set(['ip_vs']) }, 'builtIn'],
    ['the kernel was told not to take it', { blacklisted: new Set(['ip_vs']) }, 'missing'],
    ['the kernel was told to take none any more', { loadingDisabled: true }, 'missing'],
    ['it is loaded all the same', { loadingDisabled: true, loaded: new Set(['ip_vs']) }, 'loaded'],
    ['nothing', {}, undefined],
  ])('%s', (_name, evidence, kind) => {
    expect(withoutDryRun('ip_vs', { ...NOTHING, ...evidence })?.kind).toBe(kind);
  });
});

describe('what a dry run of modprobe tells', () => {
  const LIB = '/host/lib/modules/6.1.0-56-cloud-amd64';
  // Recorded with kmod 30.
  const INSMOD = `insmod ${LIB}/kernel/net/netfilter/nf_conntrack.ko \ninsmod ${LIB}/kernel/net/netfilter/ipvs/ip_vs.ko \n`;
  const BLOCKED = `insmod ${LIB}/kernel/net/netfilter/nf_conntrack.ko \ninstall /bin/false \n`;
  const NOT_FOUND = `modprobe: FATAL: Module ip_vs not found in directory ${LIB}\n`;

  it.each<[string, Partial<DryRun>, Partial<Evidence>, ModuleState]>([
    ['it would be loaded', { stdout: INSMOD }, {}, { kind: 'loadable' }],
    ['compressed modules are modules', { stdout: `insmod ${LIB}/ip_vs.ko.zst \n` }, {}, { kind: 'loadable' }],
    ['nothing is to be done for it', {}, {}, { kind: 'builtIn' }],
    ['newer kmod says so in words', { stdout: 'builtin ip_vs\n' }, {}, { kind: 'builtIn' }],
    ['without a list of what is built in that proves nothing', {}, { builtIn: undefined }, { kind: 'loadable' }],
    [
      'it, or what it depends on, is blocked',
      { stdout: BLOCKED },
      {},
      { kind: 'missing', reason: 'blocked in modprobe.d: install /bin/false' },
    ],
    [
      'blocked in another way',
      { stdout: 'install /usr/bin/true \n' },
      {},
      { kind: 'missing', reason: 'blocked in modprobe.d: install /usr/bin/true' },
    ],
    [
      'somebody’s own command would be run',
      { stdout: 'install /sbin/modprobe --ignore-install ip_vs && /opt/hook\n' },
      {},
      {
        kind: 'unknown',
        reason:
          'modprobe.d runs a command instead of loading it: install /sbin/modprobe --ignore-install ip_vs && /opt/hook',
      },
    ],
    ['it is not there', { code: 1, stderr: NOT_FOUND }, {}, { kind: 'missing', reason: NOT_FOUND.trim() }],
    [
      'the kernel has no directory of modules',
      { code: 1, stderr: NOT_FOUND },
      { builtIn: undefined },
      { kind: 'unknown', reason: `the node has no list of its kernel’s modules (${NOT_FOUND.trim()})` },
    ],
    ['modprobe says nothing', { code: 1 }, {}, { kind: 'missing', reason: 'modprobe -n ip_vs ended with 1' }],
    ['there is no modprobe', { code: 127 }, {}, { kind: 'unknown', reason: 'there is no modprobe to ask' }],
  ])('%s', (_name, run, evidence, state) => {
    expect(byDryRun('ip_vs', { code: 0, stdout: '', stderr: '', ...run }, { ...NOTHING, ...evidence })).toEqual(state);
  });

  it('is never taken for "there" when modprobe failed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 255 }), (stdout, stderr, code) => {
        const { kind } = byDryRun('ip_vs', { code, stdout, stderr }, NOTHING);
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

it('the command line may forbid modules', () => {
  const line =
    'BOOT_IMAGE=/vmlinuz root=/dev/sda1 module_blacklist=ip_vs,nf-x quiet modprobe.blacklist=y module_blacklist=z\n';
  expect([...parseModuleBlacklist(line)]).toEqual(['ip_vs', 'nf_x', 'z']);
  expect(parseModuleBlacklist('').size).toBe(0);
});
