import { describe, expect, test } from 'vitest';
import { decodeConfig } from './kube-proxy-config.ts';
import type { PodSpec } from './pod-objects.ts';
import { programOf } from './pod-program.ts';
import { SHAPES, type ShapeName } from './shapes/shapes.ts';

const names = Object.keys(SHAPES) as ShapeName[];

describe.each(names)('shape %s', (name) => {
  test.each(['', 'iptables', 'ipvs', 'nftables'])(
    'arguments and volumes lead to a configuration with mode "%s"',
    (mode) => {
      const shape = SHAPES[name]({ mode, version: 'v1.36.3' });
      const program = programOf(shape.daemonSet.spec.template.spec);
      if (program.kind !== 'kubeProxy') throw new Error(`unexpected ${program.kind}`);
      const { source } = program.config;
      const configMap = shape.configMaps.find((candidate) => candidate.metadata.name === source?.configMap);
      const decoded = decodeConfig(configMap?.data?.[source?.key ?? ''] ?? '');
      expect(program.version).toBe('v1.36.3');
      expect(decoded).toMatchObject({ kind: 'decoded', mode });
    },
  );
});

test('the text of a kubeadm configuration follows the version', () => {
  const text = (version: string): string =>
    SHAPES.kubeadm({ mode: 'ipvs', version }).configMaps[0]?.data?.['config.conf'] ?? '';
  expect(text('v1.36.3')).toContain('\nmode: ipvs\nnftables:\n  masqueradeAll: false\n');
  expect(text('v1.28.0')).toContain('\nmode: ipvs\nnodePortAddresses: null\n');
  expect(SHAPES.kubespray({ mode: 'ipvs', version: 'v1.36.3' }).configMaps[0]?.data?.['config.conf']).toContain(
    'ipvs:\n  excludeCIDRs: []\n  minSyncPeriod: 0s\n  scheduler: rr\n',
  );
  expect(SHAPES.eks({ mode: 'ipvs', version: 'v1.36.3' }).configMaps[1]?.data?.['config']).toContain(
    '\nmode: "ipvs"\n',
  );
});

const base = { name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.30.1' };

describe('programs', () => {
  test.each([
    [
      'flags only',
      { containers: [{ ...base, command: ['/usr/local/bin/kube-proxy', '--proxy-mode', 'ipvs'] }] },
      { kind: 'kubeProxyByFlags', version: 'v1.30.1', mode: 'ipvs' },
    ],
    [
      'a shell line',
      { containers: [{ ...base, command: ['/bin/sh', '-c'], args: ['exec kube-proxy --proxy-mode=nftables'] }] },
      { kind: 'kubeProxyByFlags', mode: 'nftables' },
    ],
    [
      'a file no ConfigMap is mounted at',
      { containers: [{ ...base, command: ['kube-proxy', '--config=/etc/kp.yaml'] }] },
      { kind: 'kubeProxy', version: 'v1.30.1', config: { path: '/etc/kp.yaml' } },
    ],
    [
      'items that rename the key',
      {
        containers: [
          {
            ...base,
            command: ['kube-proxy'],
            args: ['--config', '/cfg/kp.yaml'],
            volumeMounts: [{ name: 'v', mountPath: '/cfg' }],
          },
        ],
        volumes: [
          {
            name: 'v',
            configMap: { name: 'proxy-config', items: [{ key: 'kube-proxy-config.yaml', path: 'kp.yaml' }] },
          },
        ],
      },
      {
        kind: 'kubeProxy',
        config: {
          path: '/cfg/kp.yaml',
          source: { configMap: 'proxy-config', key: 'kube-proxy-config.yaml', refreshed: true },
        },
      },
    ],
    [
      'a subPath, which is never refreshed',
      {
        containers: [
          {
            ...base,
            command: ['kube-proxy', '--config=/cfg/kp.yaml'],
            volumeMounts: [{ name: 'v', mountPath: '/cfg/kp.yaml', subPath: 'config.conf' }],
          },
        ],
        volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'kp' } }] } }],
      },
      { kind: 'kubeProxy', config: { source: { configMap: 'kp', key: 'config.conf', refreshed: false } } },
    ],
    ['something else', { containers: [{ name: 'pause', image: 'pause:3' }] }, { kind: 'other' }],
  ] as const)('%s', (_, spec, expected) => {
    expect(programOf(spec as PodSpec)).toMatchObject(expected);
  });
});
