import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROXY_MODES } from '../api/fields.ts';
import { isNeededModule, isNeededSysctl } from './kernel-closed.ts';
import { IPVS_SCHEDULERS, kernelNeeds, type IpFamily, type KernelNeedsInput } from './kernel-needs.ts';

const input: fc.Arbitrary<KernelNeedsInput> = fc
  .record({
    mode: fc.constantFrom(...PROXY_MODES),
    kubeProxyVersion: fc.constantFrom('', 'v1.22.3', 'v1.26.1', 'v1.27.0', 'v1.36.3'),
    kernel: fc.constantFrom('', '3.10.0-1160.el7.x86_64', '4.18.0', '4.19.0', '6.12.8-talos'),
    scheduler: fc.oneof(fc.constantFrom('', ...IPVS_SCHEDULERS), fc.string()),
    families: fc.uniqueArray(fc.constantFrom<IpFamily>('IPv4', 'IPv6')),
    bridgeCni: fc.boolean(),
    flavour: fc.constantFrom(undefined, 'legacy' as const, 'nft' as const),
  })
  .map(({ flavour, ...rest }) => (flavour === undefined ? rest : { ...rest, iptablesFlavour: flavour }));

describe('what may be loaded and set at all', () => {
  it('has all that any mode can need', () => {
    fc.assert(
      fc.property(input, (each) => {
        const { modules, sysctls } = kernelNeeds(each);
        expect(modules.flatMap(({ anyOf }) => anyOf).filter((name) => !isNeededModule(name))).toEqual([]);
        expect(sysctls.filter(({ name, value }) => !isNeededSysctl({ name, to: value }))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['ip_vs', 'ip_vs_rr', 'ip_vs_mh', 'nf_conntrack', 'nf_conntrack_ipv4', 'br_netfilter', 'nft_fib_ipv6'])(
    'is the module %s',
    (name) => expect(isNeededModule(name)).toBe(true),
  );

  it.each([
    '',
    'ip_vs_',
    'ip_vs_evil',
    'ip_vs_rr ',
    'IP_VS',
    'ip-vs',
    'vhost',
    'usb_storage',
    'overlay',
    '--config=/x',
  ])('is not the module %j', (name) => expect(isNeededModule(name)).toBe(false));

  it.each([
    ['net.ipv4.ip_forward', '1', true],
    ['net.ipv6.conf.all.forwarding', '1', true],
    ['net.bridge.bridge-nf-call-iptables', '1', true],
    ['net.ipv4.ip_forward', '0', false],
    ['net.ipv4.ip_forward', '1\n', false],
    ['kernel.core_pattern', '|/tmp/x', false],
    ['kernel.modprobe', '1', false],
    ['net/ipv4/ip_forward', '1', false],
  ])('has sysctl %s set to %j: %s', (name, to, expected) => {
    expect(isNeededSysctl({ name, to })).toBe(expected);
  });
});
