import { expect, it } from 'vitest';
import { kubeadm } from './fixtures/daemon-sets.ts';
import type { DaemonSetFacts } from './locate.ts';
import { locateByFlags } from './locate-flags.ts';

function daemonSet(name: string, command: readonly string[]): DaemonSetFacts {
  return {
    metadata: { namespace: 'kube-system', name },
    spec: {
      selector: { matchLabels: { component: 'kube-proxy' } },
      template: { spec: { containers: [{ name: 'kube-proxy', image: 'mcr.example/kube-proxy:v1.32.6', command }] } },
    },
  };
}

const AKS = daemonSet('kube-proxy', ['kube-proxy', '--proxy-mode=ipvs', '--metrics-bind-address=0.0.0.0:10249']);

it('finds the DaemonSet, and what its flags say', () => {
  expect(locateByFlags([AKS])).toEqual({
    located: {
      kind: 'located',
      namespace: 'kube-system',
      daemonSet: 'kube-proxy',
      configMap: '',
      key: '',
      container: 'kube-proxy',
      selector: 'component=kube-proxy',
      image: 'mcr.example/kube-proxy:v1.32.6',
    },
    config: expect.objectContaining({ kind: 'config', mode: 'ipvs', metricsPort: 10_249 }) as object,
  });
});

it('finds the one that is wanted', () => {
  const other = daemonSet('other', ['kube-proxy']);
  expect(locateByFlags([AKS, other], { namespace: 'kube-system', name: 'other' })?.located.daemonSet).toBe('other');
  expect(locateByFlags([AKS, other])).toBeUndefined();
  expect(locateByFlags([AKS], { namespace: 'elsewhere', name: 'kube-proxy' })).toBeUndefined();
});

it('leaves those with a file, and those of Windows, to others', () => {
  expect(locateByFlags([kubeadm])).toBeUndefined();
  expect(
    locateByFlags([daemonSet('kube-proxy-windows', ['kube-proxy.exe', '--proxy-mode=kernelspace'])]),
  ).toBeUndefined();
  expect(locateByFlags([])).toBeUndefined();
});
