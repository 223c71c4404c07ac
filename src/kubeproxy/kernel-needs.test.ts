import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IPVS_SCHEDULERS, kernelNeeds, recordedSysctls, type KernelNeedsInput, type Need } from './kernel-needs.ts';
import { isKernelBefore, parseKernel } from './kernel-version.ts';
import { isPresent, metBy, type ModuleState } from './kernel-state.ts';
import { PROXY_MODES } from '../api/fields.ts';

const BASE: KernelNeedsInput = {
  mode: 'ipvs',
  kubeProxyVersion: 'v1.36.3',
  kernel: '6.1.0-31-amd64',
  families: ['IPv4'],
  bridgeCni: false,
};

function modules(change: Partial<KernelNeedsInput>, need: Need = 'required'): readonly string[] {
  return kernelNeeds({ ...BASE, ...change })
    .modules.filter((module) => module.need === need)
    .map((module) => module.anyOf.join('|'));
}

describe('the modules a mode needs', () => {
  const OLD_LIST = ['nf_conntrack', 'ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh'];
  const NFT = ['nf_tables', 'nft_chain_nat', 'nft_nat', 'nft_masq', 'nft_ct', 'nft_numgen', 'nft_fib'];
  const LEGACY = ['ip_tables', 'iptable_filter', 'iptable_nat', 'iptable_mangle'];
  const LEGACY_6 = ['ip6_tables', 'ip6table_filter', 'ip6table_nat', 'ip6table_mangle'];

  it.each<[string, Partial<KernelNeedsInput>, readonly string[]]>([
    ['ipvs today: ip_vs and the scheduler', {}, ['nf_conntrack', 'ip_vs', 'ip_vs_rr']],
    ['ipvs with wlc', { scheduler: 'wlc' }, ['nf_conntrack', 'ip_vs', 'ip_vs_wlc']],
    ['ipvs at 1.27, the first without a list', { kubeProxyVersion: 'v1.27.0' }, ['nf_conntrack', 'ip_vs', 'ip_vs_rr']],
    ['ipvs at 1.26, the last with a list', { kubeProxyVersion: 'v1.26.15' }, OLD_LIST],
    ['ipvs at 1.22 with lc', { kubeProxyVersion: 'v1.22.3', scheduler: 'lc' }, [...OLD_LIST, 'ip_vs_lc']],
    ['ipvs at 1.22 with sh, which the list has', { kubeProxyVersion: 'v1.22.3', scheduler: 'sh' }, OLD_LIST],
    ['ipvs of an unreadable version', { kubeProxyVersion: 'devel' }, OLD_LIST],
    [
      'below kernel 4.19 conntrack under either name',
      { kernel: '3.10.0-1160.el7.x86_64' },
      ['nf_conntrack_ipv4|nf_conntrack', 'ip_vs', 'ip_vs_rr'],
    ],
    [
      'on RHEL 8, whose 4.18 has it merged already, too',
      { kernel: '4.18.0-553.el8_10.x86_64' },
      ['nf_conntrack_ipv4|nf_conntrack', 'ip_vs', 'ip_vs_rr'],
    ],
    ['from kernel 4.19 on under its own name', { kernel: '4.19.0' }, ['nf_conntrack', 'ip_vs', 'ip_vs_rr']],
    ['an unreadable kernel gets both names', { kernel: '' }, ['nf_conntrack_ipv4|nf_conntrack', 'ip_vs', 'ip_vs_rr']],
    ['nftables', { mode: 'nftables' }, ['nf_conntrack', ...NFT, 'nft_fib_ipv4', 'nft_reject_ipv4']],
    [
      'nftables dual-stack',
      { mode: 'nftables', families: ['IPv4', 'IPv6'] },
      ['nf_conntrack', ...NFT, 'nft_fib_ipv4', 'nft_reject_ipv4', 'nft_fib_ipv6', 'nft_reject_ipv6'],
    ],
    ['iptables of unknown flavour', { mode: 'iptables' }, ['nf_conntrack', 'ip_tables|nf_tables']],
    [
      'iptables of unknown flavour, dual-stack',
      { mode: 'iptables', families: ['IPv4', 'IPv6'] },
      ['nf_conntrack', 'ip_tables|nf_tables', 'ip6_tables|nf_tables'],
    ],
    ['iptables-legacy', { mode: 'iptables', iptablesFlavour: 'legacy' }, ['nf_conntrack', ...LEGACY]],
    [
      'iptables-legacy dual-stack',
      { mode: 'iptables', iptablesFlavour: 'legacy', families: ['IPv4', 'IPv6'] },
      ['nf_conntrack', ...LEGACY, ...LEGACY_6],
    ],
    [
      'iptables-nft',
      { mode: 'iptables', iptablesFlavour: 'nft', families: ['IPv4', 'IPv6'] },
      ['nf_conntrack', 'nf_tables', 'nft_compat', 'nft_chain_nat'],
    ],
  ])('%s', (_name, change, expected) => {
    expect(modules(change)).toEqual(expected);
  });

  it.each<[string, Partial<KernelNeedsInput>, readonly string[]]>([
    ['ipvs: what the kernel loads by itself', {}, ['dummy', 'ip_set', 'xt_set']],
    ['a bridge between the pods', { mode: 'nftables', bridgeCni: true }, ['br_netfilter']],
    ['nothing else', { mode: 'iptables' }, []],
  ])('recommends %s', (_name, change, expected) => {
    expect(modules(change, 'recommended')).toEqual(expected);
  });

  it('wants conntrack loaded before kube-proxy starts, and leaves the rest to whoever uses it first', () => {
    const early = (mode: KernelNeedsInput['mode']): readonly string[] =>
      kernelNeeds({ ...BASE, mode })
        .modules.filter((module) => !module.loadedOnUse)
        .map((module) => module.name);
    expect(PROXY_MODES.map(early)).toEqual([['nf_conntrack'], ['nf_conntrack'], ['nf_conntrack']]);
  });

  it('makes a module name only of a scheduler kube-proxy has', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('v1.22.3', 'v1.36.3'), (scheduler, kubeProxyVersion) => {
        const names = kernelNeeds({ ...BASE, scheduler, kubeProxyVersion }).modules.map((module) => module.name);
        expect(names.every((name) => /^[a-z0-9_]+$/.test(name))).toBe(true);
        expect(names.includes(`ip_vs_${scheduler}`)).toBe(IPVS_SCHEDULERS.includes(scheduler));
      }),
    );
  });

  it('says why and where from, for each', () => {
    const all = PROXY_MODES.flatMap((mode) => {
      const { modules: needed, sysctls } = kernelNeeds({ ...BASE, mode, bridgeCni: true, families: ['IPv4', 'IPv6'] });
      return [...needed, ...sysctls];
    });
    expect(all.filter(({ why, source }) => why.length < 10 || source.length < 10)).toEqual([]);
  });
});

describe('the sysctls a mode needs', () => {
  it.each<[string, Partial<KernelNeedsInput>, readonly string[]]>([
    ['forwarding', {}, ['net.ipv4.ip_forward']],
    [
      'forwarding in both families',
      { families: ['IPv4', 'IPv6'] },
      ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'],
    ],
    [
      'the bridge’s, with its module',
      { bridgeCni: true },
      ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables br_netfilter'],
    ],
    [
      'the bridge’s in both families',
      { bridgeCni: true, families: ['IPv6', 'IPv4'] },
      [
        'net.ipv6.conf.all.forwarding',
        'net.ipv4.ip_forward',
        'net.bridge.bridge-nf-call-ip6tables br_netfilter',
        'net.bridge.bridge-nf-call-iptables br_netfilter',
      ],
    ],
  ])('%s', (_name, change, expected) => {
    const { sysctls } = kernelNeeds({ ...BASE, ...change });
    expect(sysctls.map(({ name, module }) => (module === undefined ? name : `${name} ${module}`))).toEqual(expected);
    expect(sysctls.every(({ value, need }) => value === '1' && need === 'recommended')).toBe(true);
  });

  it('knows what kube-proxy writes and never takes back', () => {
    expect(recordedSysctls('ipvs')).toContain('net.ipv4.vs.conntrack');
    expect(recordedSysctls('ipvs')).toContain('net.ipv4.conf.all.arp_ignore');
    expect(recordedSysctls('iptables')).toContain('net.ipv4.conf.all.route_localnet');
    expect(recordedSysctls('nftables').filter((name) => !name.startsWith('net.netfilter.nf_conntrack_'))).toEqual([]);
  });
});

describe('a kernel’s release', () => {
  it.each([
    ['6.1.0-31-amd64', { major: 6, minor: 1 }],
    ['5.14.0-427.el9.x86_64', { major: 5, minor: 14 }],
    ['6.6.56+', { major: 6, minor: 6 }],
    ['6.12.8-talos', { major: 6, minor: 12 }],
    ['4.19', { major: 4, minor: 19 }],
    ['', undefined],
    ['talos', undefined],
    ['6', undefined],
    ['6.12345', undefined],
  ])('%j', (release, expected) => {
    expect(parseKernel(release)).toEqual(expected);
  });

  it('is compared by number, and not at all when it cannot be read', () => {
    expect(isKernelBefore('4.9.0', 4, 19)).toBe(true);
    expect(isKernelBefore('4.19.0', 4, 19)).toBe(false);
    expect(isKernelBefore('5.2.0', 4, 19)).toBe(false);
    expect(isKernelBefore('?', 4, 19)).toBeUndefined();
  });
});

describe('a need that several modules can meet', () => {
  const need = { anyOf: ['nf_conntrack_ipv4', 'nf_conntrack'] as const };
  const missing: ModuleState = { kind: 'missing', because: 'absent', reason: 'not there' };
  const unknown: ModuleState = { kind: 'unknown', reason: 'no modprobe' };

  it.each<[string, Record<string, ModuleState>, string, ModuleState['kind']]>([
    [
      'by the one that is loaded',
      { nf_conntrack_ipv4: missing, nf_conntrack: { kind: 'loaded' } },
      'nf_conntrack',
      'loaded',
    ],
    [
      'by one that is there rather than one that could be',
      { nf_conntrack_ipv4: { kind: 'loadable' }, nf_conntrack: { kind: 'builtIn' } },
      'nf_conntrack',
      'builtIn',
    ],
    [
      'by the preferred one of two equal ones',
      { nf_conntrack_ipv4: { kind: 'loadable' }, nf_conntrack: { kind: 'loadable' } },
      'nf_conntrack_ipv4',
      'loadable',
    ],
    [
      'by nobody knows what, as long as one is in doubt',
      { nf_conntrack_ipv4: missing, nf_conntrack: unknown },
      'nf_conntrack',
      'unknown',
    ],
    ['not at all', { nf_conntrack_ipv4: missing, nf_conntrack: missing }, 'nf_conntrack_ipv4', 'missing'],
    ['is in doubt when nobody looked', {}, 'nf_conntrack_ipv4', 'unknown'],
  ])('is met %s', (_name, states, module, kind) => {
    expect(metBy(need, states)).toMatchObject({ module, state: { kind } });
  });

  it('is there when it is loaded or built in', () => {
    expect(
      [{ kind: 'loaded' } as const, { kind: 'builtIn' } as const, { kind: 'loadable' } as const, missing, unknown].map(
        isPresent,
      ),
    ).toEqual([true, true, false, false, false]);
  });
});
