import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answersEffectiveMode, effectiveMode, parseVersion, supportsMode } from './versions.ts';

describe('parseVersion', () => {
  it.each([
    ['v1.36.3', [1, 36, 3]],
    ['v1.29.3-eks-6d3986b', [1, 29, 3]],
    ['v1.24.17-gke.12000', [1, 24, 17]],
    ['v1.35.2+k3s1', [1, 35, 2]],
    ['v1.33.0-beta.0', [1, 33, 0]],
    ['1.28+', [1, 28, 0]],
  ])('reads %s', (text, [major, minor, patch]) => {
    expect(parseVersion(text)).toEqual({ major, minor, patch });
  });

  it.each(['', 'v0.0.0-master+$Format:%H$', 'unknown', 'v1', 'x1.2.3', '1.'.repeat(500)])(
    'does not read %j',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => parseVersion(text)?.major !== 0));
  });
});

describe('supportsMode', () => {
  const gate = (name: string, value: boolean) => ({ [name]: value });

  it.each([
    ['iptables', 'v1.18.0', {}, undefined],
    ['ipvs', 'v1.18.0', {}, undefined],
    ['nftables', 'v1.28.9', {}, 'has no mode nftables'],
    ['nftables', 'v1.29.0', {}, 'NFTablesProxyMode'],
    ['nftables', 'v1.30.4', gate('NFTablesProxyMode', true), undefined],
    ['nftables', 'v1.30.4', gate('AllAlpha', true), undefined],
    ['nftables', 'v1.31.0', {}, undefined],
    ['nftables', 'v1.32.0', gate('NFTablesProxyMode', false), 'disables the feature gate'],
    ['nftables', 'v1.32.0', gate('AllBeta', false), 'disables the feature gate'],
    ['nftables', 'v1.33.0', gate('NFTablesProxyMode', false), undefined],
    ['ipvs', 'v1.37.0', {}, undefined],
    ['ipvs', 'v1.37.0', gate('KubeProxyIPVS', false), 'KubeProxyIPVS'],
    ['ipvs', 'v1.40.1', {}, 'KubeProxyIPVS'],
    ['ipvs', 'v1.40.1', gate('KubeProxyIPVS', true), undefined],
    ['ipvs', 'v1.43.0', gate('KubeProxyIPVS', true), 'removed in 1.43'],
    ['iptables', 'v1.43.0', {}, undefined],
    ['nftables', 'v0.0.0-master', {}, 'cannot be read'],
  ] as const)('%s on %s with %j: %s', (mode, version, gates, words) => {
    const reason = supportsMode(mode, version, gates);
    if (words === undefined) expect(reason).toBeUndefined();
    else expect(reason).toContain(words);
  });
});

describe('what answers mean', () => {
  it('takes an unset mode for iptables up to 1.39 and for nftables from 1.40 on', () => {
    expect(effectiveMode('', 'v1.39.9')).toBe('iptables');
    expect(effectiveMode('', 'v1.40.0')).toBe('nftables');
    expect(effectiveMode('', '')).toBe('iptables');
    expect(effectiveMode('ipvs', 'v1.40.0')).toBe('ipvs');
  });

  it('knows that /proxyMode tells the effective mode up to 1.25', () => {
    expect(answersEffectiveMode('v1.25.16')).toBe(true);
    expect(answersEffectiveMode('v1.26.0')).toBe(false);
    expect(answersEffectiveMode('?')).toBe(false);
  });
});
