import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PROXY_MODES } from '../api/fields.ts';
import { IPVS_SCHEDULERS, kernelNeeds } from '../kubeproxy/kernel-needs.ts';
import { MODULE_TRACES } from '../kubeproxy/module-evidence.ts';
import { NOT_ASKED, PROBED_MODULES, PROBED_SYSCTLS, probeCommands } from './probe-commands.ts';

const inPod = { pathOf: (path: string): string => `/host${path}`, kernelRelease: '6.1.0-31-amd64' };

describe('probeCommands', () => {
  it('asks for files of the host where they are', () => {
    const text = JSON.stringify(probeCommands(inPod));
    expect(text).toContain('/host/etc/os-release');
    expect(text).toContain('/host/lib/modules/6.1.0-31-amd64/modules.builtin');
    expect(JSON.stringify(probeCommands({ ...inPod, pathOf: (path) => path }))).not.toContain('/host');
  });

  it('takes no release into a path that is no file name', () => {
    for (const kernelRelease of ['../../etc', '6.1/../..', '$(reboot)', '', '-rf', 'a b']) {
      const ids = probeCommands({ ...inPod, kernelRelease }).map(({ id }) => id);
      expect(ids).not.toContain('modulesBuiltin');
      expect(ids).toContain('modprobe');
    }
  });

  it('has every id once, and scripts that are the same everywhere', () => {
    const commands = probeCommands(inPod);
    const elsewhere = probeCommands({ pathOf: (path) => `/other${path}`, kernelRelease: '5.15.0' });
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
    const scripts = (all: typeof commands): readonly string[] =>
      all.flatMap(({ argv }) => (argv[0] === 'sh' ? [argv[2] ?? ''] : []));
    expect(scripts(commands)).toEqual(scripts(elsewhere));
  });

  const inputs = PROXY_MODES.flatMap((mode) =>
    ['v1.22.0', 'v1.36.3'].flatMap((kubeProxyVersion) =>
      IPVS_SCHEDULERS.flatMap((scheduler) =>
        ['3.10.0', '6.1.0'].map((kernel) => ({ mode, kubeProxyVersion, scheduler, kernel })),
      ),
    ),
  );

  it('looks at every module and sysctl a mode may need', () => {
    const sysctls = PROBED_SYSCTLS.map((name) => name.replaceAll('/', '.'));
    for (const input of inputs) {
      const needs = kernelNeeds({ ...input, families: ['IPv4', 'IPv6'], bridgeCni: true });
      expect(PROBED_MODULES).toEqual(expect.arrayContaining(needs.modules.flatMap(({ anyOf }) => [...anyOf])));
      expect(sysctls).toEqual(expect.arrayContaining(needs.sysctls.map(({ name }) => name)));
    }
    expect(PROBED_MODULES).toEqual(expect.arrayContaining(MODULE_TRACES.map(({ module }) => module)));
  });
});

describe('looking loads nothing', () => {
  const KERNEL_PROGRAMS = ['nft', 'ipset', 'iptables-nft-save', 'ip6tables-nft-save'] as const;
  const made: string[] = [];
  afterEach(() => {
    for (const place of made.splice(0)) rmSync(place, { recursive: true });
  });

  type Kernel = { readonly modules?: string; readonly builtin?: string };

  /** Runs one command with another /proc/modules, and programs that do nothing but tell that they were run. */
  function run(id: string, { modules, builtin }: Kernel): { code: number | null; stdout: string; asked: string } {
    const place = mkdtempSync(join(tmpdir(), 'probe-'));
    made.push(place);
    const [listed, list, log] = ['modules', 'modules.builtin', 'log'].map((name) => join(place, name));
    if (modules !== undefined) writeFileSync(listed ?? '', modules);
    if (builtin !== undefined) writeFileSync(list ?? '', builtin);
    writeFileSync(log ?? '', '');
    for (const name of KERNEL_PROGRAMS)
      writeFileSync(join(place, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n`, { mode: 0o755 });
    const commands = probeCommands({ pathOf: (path) => path, kernelRelease: '6.1.0' });
    const [program = '', ...words] = commands.find((one) => one.id === id)?.argv ?? [];
    const args = words.map((word) =>
      word.replaceAll('/proc/modules', listed ?? '').replace(/^\/lib\/modules\/6\.1\.0\/modules\.builtin$/, list ?? ''),
    );
    const env = { PATH: `${place}:/usr/bin:/bin` };
    const { status, stdout } = spawnSync(program, args, { env, encoding: 'utf8' });
    return { code: status, stdout, asked: readFileSync(log ?? '', 'utf8') };
  }

  const line = (name: string): string => `${name} 16384 0 - Live 0x0\n`;
  const ALL = ['nf_tables', 'nft_fib_ipv4', 'nft_fib_ipv6', 'ip_set'];

  it.each<[string, string, string]>([
    ['nftTables', 'nft -j list tables\n', '{"nftables": []}\n'],
    ['nftRuleset', 'nft --json list ruleset\n', ''],
    ['ipsets', 'ipset list -n\n', ''],
    ['iptablesNft', 'iptables-nft-save \n', 'service-chains 0\n'],
    ['ip6tablesNft', 'ip6tables-nft-save \n', 'service-chains 0\n'],
  ])('%s asks only a kernel that has the module', (id, asked, empty) => {
    expect(run(id, { modules: ALL.map(line).join(''), builtin: '' })).toMatchObject({ code: 0, asked });
    const builtin = ALL.map((name) => `kernel/net/netfilter/${name}.ko\n`).join('');
    expect(run(id, { modules: line('nf_tables_x'), builtin })).toMatchObject({ code: 0, asked });
    // A kernel without loadable modules loads none.
    expect(run(id, {})).toMatchObject({ code: 0, asked });
    expect(run(id, { modules: line('nf_tables_x'), builtin: 'kernel/ip_set_x.ko\n' })).toEqual({
      code: 0,
      asked: '',
      stdout: empty,
    });
    // Without a list, it may be built in.
    expect(run(id, { modules: line('x') })).toMatchObject({ code: NOT_ASKED, asked: '' });
  });

  it.each(['nftFib', 'nftFib6'])('%s asks only a kernel that has fib', (id) => {
    expect(run(id, { modules: ALL.map(line).join(''), builtin: '' }).asked).toMatch(/^nft --check add table /);
    expect(run(id, {}).asked).toMatch(/^nft --check add table /);
    expect(run(id, { modules: line('nf_tables'), builtin: '' })).toMatchObject({ code: NOT_ASKED, asked: '' });
    expect(run(id, { modules: line('nf_tables') })).toMatchObject({ code: NOT_ASKED, asked: '' });
  });

  it('takes the version of ipset from what does not ask the kernel', () => {
    expect(run('ipsetVersion', { modules: '' }).asked).toBe('ipset help\n');
  });
});
