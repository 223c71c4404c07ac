import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MachineSpec } from '../simulator/world/machine.ts';
import { prepareKernel, type KernelChange } from './kernel-prepare.ts';
import { undoKernel } from './kernel-undo.ts';
import { MODULES_FILE, modulesFile, SYSCTLS_FILE, sysctlsFile } from './own-files.ts';
import { readModules } from './read-modules.ts';
import { machineShell, type MachineShell } from './testing/machine-shell.ts';

const FORWARDING = { name: 'net.ipv4.ip_forward', from: '0', to: '1' };
const TO_IPVS: KernelChange = { modules: ['ip_vs', 'ip_vs_rr'], sysctls: [FORWARDING], persist: true };
/** Forwarding is off, and nothing sets it at boot. */
const OFF: MachineSpec = {
  sysctls: { 'net.ipv4.ip_forward': '0' },
  files: { '/etc/sysctl.d/99-kubernetes.conf': '# nothing\n' },
};

/** Everything that can differ afterwards. */
function stateOf({ machine }: MachineShell): object {
  const paths = ['/etc/modules-load.d', '/etc/sysctl.d'].flatMap((directory) => machine.list(directory) ?? []);
  return {
    modules: machine.read('/proc/modules')?.split('\n').toSorted(),
    forwarding: machine.read('/proc/sys/net/ipv4/ip_forward'),
    files: Object.fromEntries(paths.map((path) => [path, machine.read(path)])),
  };
}

/** What a record may say after somebody has edited it. */
const NOT_OURS: readonly [string, MachineSpec, KernelChange, string][] = [
  [
    'a module kube-proxy never needs',
    {},
    { ...TO_IPVS, modules: ['ip_vs', 'vhost'] },
    '"vhost" is no kernel module that',
  ],
  ['a scheduler kube-proxy does not have', {}, { ...TO_IPVS, modules: ['ip_vs_evil'] }, '"ip_vs_evil" is no kernel'],
  ['a name that is none', {}, { ...TO_IPVS, modules: ['--version'] }, 'is no kernel module that kube-proxy needs'],
  ['a path for a module', {}, { ...TO_IPVS, modules: ['../evil'] }, 'is no kernel module that kube-proxy needs'],
  ...(
    [
      ['a sysctl kube-proxy never needs', { name: 'kernel.core_pattern', from: '0', to: '1' }],
      ['a path for a sysctl', { name: 'net.../../etc/passwd', from: '0', to: '1' }],
      ['another value than is needed', { ...FORWARDING, from: '1', to: '0' }],
      ['two lines for a value', { ...FORWARDING, to: '1\nkernel.x = 1' }],
      ['no number for what was before', { ...FORWARDING, from: '|/tmp/evil' }],
    ] as const
  ).map(([name, sysctl]): [string, MachineSpec, KernelChange, string] => [
    name,
    { sysctls: { 'kernel.core_pattern': 'core' } },
    { ...TO_IPVS, sysctls: [sysctl] },
    'is no sysctl that kube-proxy needs: the record may have been edited',
  ]),
];

const containing = (text: string): string => expect.stringContaining(text) as string;

describe('making a node ready', () => {
  it('loads, sets and keeps what it was told to', async () => {
    const shell = machineShell(OFF);
    expect(await prepareKernel(shell, TO_IPVS)).toEqual({ kind: 'done', notes: [] });
    const { machine } = shell;
    expect(['ip_vs', 'ip_vs_rr', 'ip_vs_wrr'].map((name) => machine.modules.has(name))).toEqual([
      'loaded',
      'loaded',
      'file',
    ]);
    expect(machine.read('/proc/sys/net/ipv4/ip_forward')).toBe('1\n');
    expect(machine.read(MODULES_FILE)).toBe(modulesFile('', { add: ['ip_vs', 'ip_vs_rr'] }));
    expect(machine.read(SYSCTLS_FILE)).toBe(sysctlsFile('', { add: [{ name: 'net.ipv4.ip_forward', value: '1' }] }));
    expect(machine.list('/etc/modules-load.d')).toEqual(['/etc/modules-load.d/modules.conf', MODULES_FILE]);
  });

  it('asks modprobe for the node’s own modules and configuration', async () => {
    const shell = machineShell();
    await prepareKernel(shell, { ...TO_IPVS, sysctls: [], persist: false });
    expect(shell.ran.filter(([program]) => program === 'modprobe')).toEqual([
      ['modprobe', '-d', '/host', ...configured, '-n', '-v', 'ip_vs'],
      ['modprobe', '-d', '/host', ...configured, '-n', '-v', 'ip_vs_rr'],
      ['modprobe', '-d', '/host', ...configured, '--', 'ip_vs'],
      ['modprobe', '-d', '/host', ...configured, '--', 'ip_vs_rr'],
    ]);
  });
  const configured = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].flatMap((folder) => [
    '-C',
    `/host${folder}/modprobe.d`,
  ]);

  it('done twice changes nothing more', async () => {
    const shell = machineShell(OFF);
    await prepareKernel(shell, TO_IPVS);
    const [state, count] = [stateOf(shell), shell.ran.length];
    expect(await prepareKernel(shell, TO_IPVS)).toEqual({ kind: 'done', notes: [] });
    expect(stateOf(shell)).toEqual(state);
    const written = shell.ran.slice(count).filter(([program]) => ['sh', 'ln', 'mv', 'rm'].includes(program ?? ''));
    expect(written).toEqual([]);
  });

  it('leaves to others what they certainly load at boot, and nothing else', async () => {
    const shell = machineShell({
      ...OFF,
      files: {
        '/etc/sysconfig/modules/ipvs.modules': '#!/bin/sh\nmodprobe -- ip_vs\n',
        // Either may be masked by what is not seen: a link to /dev/null, or an empty file, in /etc.
        '/usr/lib/modules-load.d/ipvs.conf': 'ip_vs_rr\n',
        '/usr/lib/sysctl.d/50-k8s.conf': 'net.ipv4.ip_forward=1\n',
        '/etc/sysctl.d/50-k8s.conf': '',
        '/etc/sysctl.conf': 'net.ipv4.ip_forward=1\n',
      },
    });
    expect(await prepareKernel(shell, TO_IPVS)).toEqual({ kind: 'done', notes: [] });
    expect(shell.machine.read(MODULES_FILE)).toBe(modulesFile('', { add: ['ip_vs_rr'] }));
    expect(shell.machine.read(SYSCTLS_FILE)).toBe(
      sysctlsFile('', { add: [{ name: 'net.ipv4.ip_forward', value: '1' }] }),
    );
  });

  it('says when a later file has the last word at boot', async () => {
    const shell = machineShell({ ...OFF, files: { '/etc/sysctl.conf': 'net.ipv4.ip_forward = 0\n' } });
    expect(await prepareKernel(shell, TO_IPVS)).toEqual({
      kind: 'done',
      notes: ['at the next boot /etc/sysctl.conf sets net.ipv4.ip_forward to 0 again: change it there'],
    });
  });

  it('keeps nothing when it is not to', async () => {
    const shell = machineShell(OFF);
    await prepareKernel(shell, { ...TO_IPVS, persist: false });
    expect([shell.machine.read(MODULES_FILE), shell.machine.read(SYSCTLS_FILE)]).toEqual([undefined, undefined]);
  });

  it('sets a sysctl that only comes with its module', async () => {
    const shell = machineShell({
      loadedModules: ['nf_conntrack'],
      sysctls: { 'net.bridge.bridge-nf-call-iptables': '0' },
    });
    const name = 'net.bridge.bridge-nf-call-iptables';
    const change = { modules: ['br_netfilter'], sysctls: [{ name, from: '0', to: '1' }], persist: false };
    expect(await prepareKernel(shell, change)).toEqual({ kind: 'done', notes: [] });
    expect(shell.machine.read('/proc/sys/net/bridge/bridge-nf-call-iptables')).toBe('1\n');
  });

  it('tells when a sysctl is not what was recorded any more', async () => {
    const shell = machineShell({ sysctls: { 'net.ipv6.conf.all.forwarding': '2' } });
    const change = {
      modules: [],
      sysctls: [{ name: 'net.ipv6.conf.all.forwarding', from: '0', to: '1' }],
      persist: false,
    };
    expect(await prepareKernel(shell, change)).toEqual({
      kind: 'done',
      notes: ['net.ipv6.conf.all.forwarding was 2 and not 0 any more when it was set to 1'],
    });
  });

  it.each<[string, MachineSpec, KernelChange, string]>([
    ['a module that is blocked', { blockedModules: ['ip_vs'] }, TO_IPVS, 'blocked in modprobe.d: install /bin/false'],
    [
      'one whose dependency is blocked',
      { blockedModules: ['ip_vs'] },
      { ...TO_IPVS, modules: ['ip_vs_rr'] },
      'blocked in modprobe.d',
    ],
    [
      'a module the kernel was told to refuse',
      { commandLine: 'module_blacklist=ip_vs' },
      TO_IPVS,
      'the kernel’s command line has module_blacklist=ip_vs',
    ],
    [
      'one that needs a module the kernel was told to refuse',
      { commandLine: 'module_blacklist=ip_vs' },
      { ...TO_IPVS, modules: ['ip_vs_rr'] },
      'it needs ip_vs, and the kernel’s command line has module_blacklist=ip_vs',
    ],
    [
      'a kernel that takes no module any more',
      { sysctls: { ...OFF.sysctls, 'kernel.modules_disabled': '1' } },
      TO_IPVS,
      'kernel.modules_disabled is 1',
    ],
    [
      'a kernel without loadable modules',
      { sysctls: { ...OFF.sysctls, 'kernel.modules_disabled': undefined } },
      TO_IPVS,
      'the kernel has no loadable modules',
    ],
    ['a module that is not there', { missingModules: ['ip_vs_rr'] }, TO_IPVS, 'Module ip_vs_rr not found'],
    [
      'a sysctl that is not there',
      { sysctls: { 'net.ipv4.ip_forward': undefined } },
      { ...TO_IPVS, modules: [] },
      'has no sysctl net.ipv4.ip_forward',
    ],
    ...NOT_OURS,
  ])('does nothing at all for %s', async (_name, spec, change, message) => {
    const shell = machineShell(spec);
    const before = stateOf(shell);
    expect(await prepareKernel(shell, change)).toMatchObject({ kind: 'failed', message: containing(message) });
    expect(stateOf(shell)).toEqual(before);
  });

  it('says so when it may not', async () => {
    const shell = machineShell(OFF, { kind: 'read' });
    expect(await prepareKernel(shell, TO_IPVS)).toMatchObject({
      kind: 'failed',
      message: containing('Operation not permitted'),
    });
    expect(await prepareKernel(shell, { ...TO_IPVS, modules: [] })).toMatchObject({
      kind: 'failed',
      message: containing('Read-only file system'),
    });
  });

  it('says so when the node has no place for its files', async () => {
    const shell = machineShell(
      { ...OFF, files: { '/etc/modules-load.d/modules.conf': undefined } },
      { kind: 'write', directories: [] },
    );
    expect(await prepareKernel(shell, TO_IPVS)).toMatchObject({
      kind: 'failed',
      message: containing('Read-only file system'),
    });
  });

  it('hands on that the node cannot be reached', async () => {
    const shell = machineShell(OFF);
    shell.before = () => ({ kind: 'unreachable', message: 'gone' });
    expect(await prepareKernel(shell, TO_IPVS)).toEqual({ kind: 'unreachable', message: 'gone' });
  });
});

describe('putting a node back', () => {
  it('leaves it as it was', async () => {
    const shell = machineShell(OFF);
    const before = stateOf(shell);
    await prepareKernel(shell, TO_IPVS);
    expect(stateOf(shell)).not.toEqual(before);
    expect(await undoKernel(shell, TO_IPVS)).toEqual({ kind: 'done', notes: [] });
    expect(stateOf(shell)).toEqual(before);
    expect(await undoKernel(shell, TO_IPVS)).toEqual({ kind: 'done', notes: [] });
    expect(stateOf(shell)).toEqual(before);
  });

  it('leaves what somebody has changed since', async () => {
    const shell = machineShell({ sysctls: { 'net.ipv6.conf.all.forwarding': '0' } });
    const change = {
      modules: [],
      sysctls: [{ name: 'net.ipv6.conf.all.forwarding', from: '0', to: '1' }],
      persist: true,
    };
    await prepareKernel(shell, change);
    shell.machine.write('/proc/sys/net/ipv6/conf/all/forwarding', '2');
    expect(await undoKernel(shell, change)).toEqual({
      kind: 'done',
      notes: [
        'net.ipv6.conf.all.forwarding is 2, which is neither what it was (0) nor what it was set to (1): left as it is',
      ],
    });
    expect(shell.machine.read('/proc/sys/net/ipv6/conf/all/forwarding')).toBe('2\n');
  });

  it('leaves modules that are in use', async () => {
    const shell = machineShell();
    const change = { ...TO_IPVS, sysctls: [], modules: ['ip_vs'] };
    await prepareKernel(shell, change);
    shell.machine.modules.load('ip_vs_wlc');
    expect(await undoKernel(shell, change)).toEqual({
      kind: 'done',
      notes: ['module ip_vs stays loaded: it is in use by ip_vs_wlc'],
    });
    expect(shell.machine.modules.has('ip_vs')).toBe('loaded');
  });

  it('keeps the lines of another migration in the files', async () => {
    const shell = machineShell();
    await prepareKernel(shell, { modules: ['nf_tables'], sysctls: [], persist: true });
    await prepareKernel(shell, { modules: ['ip_vs'], sysctls: [], persist: true });
    await undoKernel(shell, { modules: ['ip_vs'], sysctls: [], persist: true });
    expect(shell.machine.read(MODULES_FILE)).toBe(modulesFile('', { add: ['nf_tables'] }));
  });

  it.each(NOT_OURS)('does nothing at all for %s', async (_name, spec, change, message) => {
    const shell = machineShell(spec);
    expect(await undoKernel(shell, change)).toMatchObject({ kind: 'failed', message: containing(message) });
    expect(shell.ran).toEqual([]);
  });
});

describe('interrupted at any command', () => {
  type Death = { readonly at: number; readonly when: 'before' | 'after' };

  /** The operator dies before the nth command, or before its answer comes; the next one does everything again. */
  async function interrupted(
    shell: MachineShell,
    work: () => Promise<{ readonly kind: string }>,
    { at, when }: Death,
  ): Promise<void> {
    const first = shell.ran.length;
    shell[when] = (number) =>
      number - first > at ? { kind: 'unreachable', message: 'the operator is gone' } : undefined;
    await work();
    shell[when] = undefined;
    expect((await work()).kind).toBe('done');
  }

  it('both come to the same end', { timeout: 30_000 }, async () => {
    const death = fc.record({ at: fc.nat(25), when: fc.constantFrom('before' as const, 'after' as const) });
    await fc.assert(
      fc.asyncProperty(death, death, async (one, other) => {
        const [straight, crooked] = [machineShell(OFF), machineShell(OFF)];
        const before = stateOf(straight);
        await prepareKernel(straight, TO_IPVS);
        await interrupted(crooked, () => prepareKernel(crooked, TO_IPVS), one);
        expect(stateOf(crooked)).toEqual(stateOf(straight));
        await interrupted(crooked, () => undoKernel(crooked, TO_IPVS), other);
        expect(stateOf(crooked)).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });
});

describe('reading modules', () => {
  it('tells each state, and changes nothing', async () => {
    const shell = machineShell(
      {
        builtInModules: ['nf_tables'],
        missingModules: ['dummy'],
        blockedModules: ['ip_vs_sh'],
        loadedModules: ['nf_conntrack'],
      },
      { kind: 'read' },
    );
    const before = stateOf(shell);
    const names = ['nf_conntrack', 'nf_tables', 'ip_vs', 'ip_vs_sh', 'dummy', 'no-module', 'ip_vs'];
    const reading = await readModules(shell, names);
    expect(reading).toMatchObject({
      kind: 'modules',
      states: {
        nf_conntrack: { kind: 'loaded' },
        nf_tables: { kind: 'builtIn' },
        ip_vs: { kind: 'loadable' },
        ip_vs_sh: { kind: 'missing', because: 'blocked', reason: 'blocked in modprobe.d: install /bin/false' },
        dummy: { kind: 'missing' },
        'no-module': { kind: 'missing', reason: 'that is no name a kernel module can have' },
      },
    });
    expect(stateOf(shell)).toEqual(before);
  });
});
