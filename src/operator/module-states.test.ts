// A node is looked at twice: by the preflight's probe, and by whoever makes it ready right before a module is loaded. Both must come to
// the same answer, whatever there is to go by, and neither may change anything.
import { describe, expect, it } from 'vitest';
import type { ModuleState } from '../kubeproxy/kernel-state.ts';
import { runBatch } from '../node/batch.ts';
import { readModules } from '../node/read-modules.ts';
import { machineShell, type MachineShell } from '../node/testing/machine-shell.ts';
import { probeFacts } from '../preflight/facts/probe-facts.ts';
import { known, valueOr } from '../preflight/known.ts';
import { probeCommands } from '../preflight/probe-commands.ts';
import type { MachineSpec } from '../simulator/world/machine.ts';

const MARK = 'abcdefghijklmnop';
const CONNTRACK = ['nf_conntrack'];

async function byProbe(shell: MachineShell, module: string): Promise<ModuleState | undefined> {
  const commands = probeCommands({ pathOf: shell.pathOf, kernelRelease: shell.machine.kernel });
  const result = await runBatch(shell, commands, { mark: MARK, timeout: 1000, maxOutput: 1e6 });
  if (result.kind !== 'ran') throw new Error(result.kind);
  const outputs = Object.fromEntries([...result.outputs].map(([id, output]) => [id, known(output)]));
  return valueOr(probeFacts('node-1', { programs: 'image', outputs }).modules, undefined)?.[module];
}

async function byPreparation(shell: MachineShell, module: string): Promise<ModuleState | undefined> {
  const reading = await readModules(shell, [module]);
  return reading.kind === 'modules' ? reading.states[module] : undefined;
}

const NO_MODULES: MachineSpec = { loadedModules: [], sysctls: { 'kernel.modules_disabled': undefined } };
const TAKES_NONE: MachineSpec = { loadedModules: CONNTRACK, sysctls: { 'kernel.modules_disabled': '1' } };
const OWN_COMMAND = {
  '/etc/modprobe.d/own.conf': 'install ip_vs /sbin/modprobe --ignore-install ip_vs && /opt/hook\n',
};

describe.each<[string, string, MachineSpec, Partial<ModuleState>]>([
  ['loaded, by /proc/modules', 'nf_conntrack', { loadedModules: CONNTRACK }, { kind: 'loaded' }],
  ['loaded, though no other can be', 'nf_conntrack', TAKES_NONE, { kind: 'loaded' }],
  ['built in, by modules.builtin', 'ip_vs', { builtInModules: ['ip_vs'] }, { kind: 'builtIn' }],
  ['built in, by its trace in /proc', 'ip_vs', { ...NO_MODULES, builtInModules: ['ip_vs'] }, { kind: 'builtIn' }],
  ['loadable, by modprobe', 'ip_vs', {}, { kind: 'loadable' }],
  ['missing, by modprobe', 'ip_vs', { missingModules: ['ip_vs'] }, { kind: 'missing', because: 'absent' }],
  ['missing, by modprobe.d', 'ip_vs', { blockedModules: ['ip_vs'] }, { kind: 'missing', because: 'blocked' }],
  [
    'missing, as modprobe.d keeps out what it needs',
    'ip_vs_rr',
    { blockedModules: ['ip_vs'] },
    { kind: 'missing', because: 'blocked' },
  ],
  [
    'missing, by the command line',
    'ip_vs',
    { commandLine: 'module_blacklist=ip_vs' },
    { kind: 'missing', because: 'refused' },
  ],
  [
    'missing, as the command line keeps out what it needs',
    'ip_vs_rr',
    { commandLine: 'module_blacklist=ip_vs' },
    { kind: 'missing', because: 'refused' },
  ],
  ['missing, by kernel.modules_disabled', 'ip_vs', TAKES_NONE, { kind: 'missing', because: 'disabled' }],
  ['missing, from a kernel without modules', 'ip_vs', NO_MODULES, { kind: 'missing', because: 'absent' }],
  ['unknown, as modprobe.d has a command of its own', 'ip_vs', { files: OWN_COMMAND }, { kind: 'unknown' }],
])('a module that is %s', (_name, module, spec, state) => {
  it('is that for both', async () => {
    const shell = machineShell(spec, { kind: 'inspect' });
    const before = shell.machine.read('/proc/modules');
    const [probed, read] = [await byProbe(shell, module), await byPreparation(shell, module)];
    expect(probed).toMatchObject(state);
    expect(read).toEqual(probed);
    expect(shell.machine.read('/proc/modules')).toBe(before);
  });
});

it('what only an alias could load is loadable for who loads it by name', async () => {
  const shell = machineShell({ files: { '/etc/modprobe.d/own.conf': 'blacklist nft_fib_ipv4\n' } });
  expect(await byProbe(shell, 'nft_fib_ipv4')).toMatchObject({
    kind: 'loadable',
    byNameOnly: expect.any(String) as string,
  });
  expect(await byPreparation(shell, 'nft_fib_ipv4')).toEqual({ kind: 'loadable' });
});
