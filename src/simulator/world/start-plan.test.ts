import { describe, expect, test } from 'vitest';
import type { Incapacity } from './incapacity.ts';
import { decodeConfig } from './kube-proxy-config.ts';
import { traitsOf } from './kube-proxy-traits.ts';
import type { Mode } from './modes.ts';
import { planStart, type StartPlan } from './start-plan.ts';

type Given = {
  readonly version?: string;
  readonly mode?: string;
  readonly text?: string;
  readonly kernel?: string;
  readonly incapacities?: Partial<Record<Mode, Incapacity>>;
};

function plan(given: Given): StartPlan {
  const text = given.text ?? config(`mode: ${JSON.stringify(given.mode ?? '')}`);
  return planStart({
    traits: traitsOf(given.version ?? 'v1.36.3'),
    config: decodeConfig(text),
    kernel: given.kernel ?? '6.1.0-31-amd64',
    incapacity: (mode) => given.incapacities?.[mode],
  });
}

function config(lines: string): string {
  return `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n${lines}\n`;
}

describe('which mode runs and what /proxyMode answers', () => {
  test.each([
    [{ mode: 'iptables' }, 'iptables', 'iptables', ['nftables']],
    [{ mode: '' }, 'iptables', 'iptables', ['nftables']],
    [{ mode: 'ipvs' }, 'ipvs', 'ipvs', ['nftables']],
    [{ mode: 'nftables' }, 'nftables', 'nftables', ['iptables', 'ipvs']],
    [{ mode: 'nftables', version: 'v1.31.0' }, 'nftables', 'nftables', ['iptables', 'ipvs']],
    [{ mode: 'iptables', version: 'v1.30.4' }, 'iptables', 'iptables', []],
    [{ mode: 'ipvs', version: 'v1.28.0' }, 'ipvs', 'ipvs', []],
    [{ mode: 'userspace', version: 'v1.25.0' }, 'userspace', 'userspace', []],
    [{ mode: 'ipvs', version: 'v1.25.0', incapacities: { ipvs: 'no-ipvs' } }, 'iptables', 'iptables', []],
    [
      { mode: 'ipvs', version: 'v1.20.1', incapacities: { ipvs: 'no-ipvs', iptables: 'no-iptables' } },
      'userspace',
      'userspace',
      [],
    ],
    [{ mode: 'nftables', version: 'v1.25.0' }, 'iptables', 'iptables', []],
  ] as const)('%o', (given, effective, answers, cleans) => {
    expect(plan(given)).toMatchObject({ kind: 'proceeds', effective, answers, cleans, end: { kind: 'syncs' } });
  });

  test('the gate of 1.29 and 1.30 decides about nftables and about cleaning up after it', () => {
    const gated = (mode: string): StartPlan =>
      plan({ version: 'v1.30.4', text: config(`mode: ${mode}\nfeatureGates: { NFTablesProxyMode: true }`) });
    expect(plan({ version: 'v1.30.4', mode: 'nftables' })).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('must be iptables, ipvs or blank'),
    });
    expect(gated('nftables')).toMatchObject({ kind: 'proceeds', effective: 'nftables' });
    expect(gated('iptables')).toMatchObject({ kind: 'proceeds', cleans: ['nftables'] });
  });
});

describe('starts that end before anything is cleaned', () => {
  test.each([
    [
      'an unknown mode',
      { mode: 'ipvss' },
      'failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: "ipvss": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])',
    ],
    [
      'userspace, removed in 1.26',
      { mode: 'userspace', version: 'v1.26.0' },
      'failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: "userspace"',
    ],
    [
      'another kind',
      { text: 'apiVersion: v1\nkind: ConfigMap\n' },
      'failed complete: no kind "ConfigMap" is registered for version "v1"',
    ],
    ['no kind', { text: 'mode: ipvs\n' }, "failed complete: Object 'Kind' is missing"],
    ['broken YAML', { text: 'mode: "ipvs\nkind: [' }, 'failed complete: '],
    [
      'a mode that is no string',
      { text: config('mode: 7') },
      'failed complete: json: cannot unmarshal number into Go struct field KubeProxyConfiguration.mode',
    ],
    ['a text instead of an object', { text: 'hello' }, 'failed complete: '],
  ] as const)('%s', (_, given, message) => {
    expect(plan(given)).toMatchObject({ kind: 'rejected', message: expect.stringContaining(message) });
  });

  test('misspelt fields and wrong case are dropped, not refused', () => {
    expect(plan({ text: config('Mode: ipvs\nproxyMode: nftables') })).toMatchObject({
      kind: 'proceeds',
      effective: 'iptables',
    });
  });
});

describe('starts that end after the clean-up', () => {
  test.each([
    [
      'nftables',
      'no-nft',
      'v1.36.3',
      {
        kind: 'exits',
        message:
          'unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: "nft": executable file not found in $PATH',
      },
    ],
    ['ipvs', 'no-ipvs', 'v1.36.3', { kind: 'exits', message: "can't use the IPVS proxier: ipvs not supported" }],
    ['ipvs', 'no-ipvs', 'v1.34.4', { kind: 'exits', message: "can't use the IPVS proxier: Ipvs not supported" }],
    [
      'ipvs',
      'no-ipset',
      'v1.36.3',
      {
        kind: 'exits',
        message: "can't use the IPVS proxier: error getting ipset version, error: executable file not found in $PATH",
      },
    ],
    ['iptables', 'no-iptables', 'v1.36.3', { kind: 'exits', message: 'iptables is not available on this host' }],
    ['nftables', 'no-fib', 'v1.36.3', { kind: 'neverSyncs' }],
    ['iptables', 'hangs', 'v1.36.3', { kind: 'hangs' }],
    ['ipvs', 'out-of-memory', 'v1.36.3', { kind: 'killed' }],
  ] as const)('%s with %s on %s', (mode, incapacity, version, end) => {
    expect(plan({ mode, version, incapacities: { [mode]: incapacity } })).toMatchObject({ kind: 'proceeds', end });
  });

  test.each([
    ['v1.36.3', '5.4.0-216-generic', 'exits'],
    ['v1.33.0', '5.12.9', 'exits'],
    ['v1.33.0', '5.13.0', 'syncs'],
    ['v1.32.9', '5.4.0-216-generic', 'syncs'],
    ['v1.36.3', 'unknown', 'syncs'],
  ])('nftables on %s with kernel %s: %s', (version, kernel, end) => {
    expect(plan({ mode: 'nftables', version, kernel })).toMatchObject({
      kind: 'proceeds',
      cleans: ['iptables', 'ipvs'],
      end: { kind: end },
    });
  });
});
