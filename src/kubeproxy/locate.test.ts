import { describe, expect, it } from 'vitest';
import type { ContainerFacts, VolumeFacts } from './daemon-set-facts.ts';
import { coreDns, daemonSet, eks, eksShell, flagsOnly, kubeadm, openShift, windows } from './fixtures/daemon-sets.ts';
import { locate } from './locate.ts';

const labels = { 'k8s-app': 'kube-proxy' };
const image = 'mirror.example:5000/infra/kube-proxy:v1.36.3';

function located(container: Partial<ContainerFacts>, volumes: readonly VolumeFacts[]): unknown {
  const found = locate([daemonSet({ labels, container: { name: 'kube-proxy', image, ...container }, volumes })]);
  return found.kind === 'located' ? `${found.configMap}/${found.key}` : found.reason;
}

describe('locate', () => {
  it('finds kubeadm’s among other DaemonSets, and passes over Windows', () => {
    expect(locate([coreDns, windows, kubeadm])).toEqual({
      kind: 'located',
      namespace: 'kube-system',
      daemonSet: 'kube-proxy',
      configMap: 'kube-proxy',
      key: 'config.conf',
      container: 'kube-proxy',
      selector: 'k8s-app=kube-proxy',
      image: 'registry.k8s.io/kube-proxy:v1.36.3',
    });
  });

  it.each([
    ['EKS, of whose two ConfigMaps one is the kubeconfig', eks, 'kube-proxy-config', 'config'],
    ['EKS with a shell command', eksShell, 'kube-proxy-config', 'config'],
    ['OpenShift, whose image has no name', openShift, 'proxy-config', 'kube-proxy-config.yaml'],
  ])('follows the volumes of %s', (_, one, configMap, key) => {
    expect(locate([one])).toMatchObject({ configMap, key });
  });

  const volumes = [{ name: 'v', configMap: { name: 'cm' } }];
  const mounted = [{ name: 'v', mountPath: '/etc/proxy' }];
  it.each([
    [
      '--config and its path as two arguments',
      { args: ['--config', '/etc/proxy/a'], volumeMounts: mounted },
      volumes,
      'cm/a',
    ],
    [
      'the last --config of two',
      { args: ['--config=/x', '--config=/etc/proxy/a'], volumeMounts: mounted },
      volumes,
      'cm/a',
    ],
    [
      'a path whose file is an item',
      { args: ['--config=/etc/proxy/d/a'], volumeMounts: mounted },
      [{ name: 'v', configMap: { name: 'cm', items: [{ key: 'k', path: 'd/a' }] } }],
      'cm/k',
    ],
    [
      'a file mounted by subPath',
      { args: ['--config=/etc/a.conf'], volumeMounts: [{ name: 'v', mountPath: '/etc/a.conf', subPath: 'k' }] },
      volumes,
      'cm/k',
    ],
    [
      'a projected volume',
      { args: ['--config=/etc/proxy/a'], volumeMounts: mounted },
      [
        {
          name: 'v',
          projected: {
            sources: [
              {},
              { configMap: { name: 'other', items: [{ key: 'x', path: 'b' }] } },
              { configMap: { name: 'cm' } },
            ],
          },
        },
      ],
      'cm/a',
    ],
    [
      'the deepest mount',
      {
        args: ['--config=/etc/proxy/a'],
        volumeMounts: [
          { name: 'w', mountPath: '/etc' },
          { name: 'v', mountPath: '/etc/proxy/' },
        ],
      },
      [{ name: 'w', configMap: { name: 'wrong' } }, ...volumes],
      'cm/a',
    ],
    ['a host path', { args: ['--config=/etc/proxy/a'], volumeMounts: mounted }, [{ name: 'v' }], 'ConfigMapNotFound'],
    [
      'a mount that only begins like the path',
      { args: ['--config=/etc/proxy/a'], volumeMounts: [{ name: 'v', mountPath: '/etc/pro' }] },
      volumes,
      'ConfigMapNotFound',
    ],
    [
      'an item of another name',
      { args: ['--config=/etc/proxy/a'], volumeMounts: mounted },
      [{ name: 'v', configMap: { name: 'cm', items: [{ key: 'k', path: 'b' }] } }],
      'ConfigMapNotFound',
    ],
    ['--config without a path', { args: ['--config'], volumeMounts: mounted }, volumes, 'ConfigMapNotFound'],
  ] as const)('resolves %s', (_, container, all, expected) => {
    expect(located(container, all)).toBe(expected);
  });

  it.each([
    ['registry.k8s.io/kube-proxy-amd64:v1.18.20', true],
    ['rancher/hardened-kube-proxy@sha256:00', true],
    ['kube-proxy', true],
    ['example/kube-proxy-exporter:1', false],
    ['example/my-proxy:1', false],
  ])('takes image %s for kube-proxy: %s', (name, expected) => {
    expect(located({ image: name, args: ['--config=/etc/proxy/a'], volumeMounts: mounted }, volumes) === 'cm/a').toBe(
      expected,
    );
  });

  it('writes selectors as list requests take them', () => {
    const selector = {
      matchLabels: { b: '2', a: '1' },
      matchExpressions: [
        { key: 'c', operator: 'In', values: ['y', 'x'] },
        { key: 'd', operator: 'NotIn', values: ['z'] },
        { key: 'e', operator: 'Exists' },
        { key: 'f', operator: 'DoesNotExist' },
      ],
    };
    expect(locate([{ ...kubeadm, spec: { ...kubeadm.spec, selector } }])).toMatchObject({
      selector: 'a=1,b=2,!f,c in (x,y),d notin (z),e',
    });
  });
});

describe('locate, when it cannot tell', () => {
  it('says that there is none', () => {
    expect(locate([coreDns])).toMatchObject({
      kind: 'problem',
      reason: 'KubeProxyNotFound',
      message: expect.stringContaining('spec.kubeProxy.daemonSet') as string,
    });
  });

  it('names all candidates', () => {
    expect(locate([kubeadm, openShift])).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining('kube-system/kube-proxy, openshift-kube-proxy/openshift-kube-proxy') as string,
    });
  });

  it('says that the mode is in the flags, and which it is', () => {
    expect(locate([flagsOnly])).toMatchObject({
      reason: 'ConfigMapNotFound',
      message: expect.stringContaining('(--proxy-mode=nftables)') as string,
    });
  });
});

describe('locate with spec.kubeProxy.daemonSet', () => {
  const wanted = { namespace: 'kube-system', name: 'kube-proxy' };

  it('takes the one that is named', () => {
    expect(locate([kubeadm, openShift], wanted)).toMatchObject({ daemonSet: 'kube-proxy', key: 'config.conf' });
    expect(
      locate([kubeadm, openShift], { namespace: 'openshift-kube-proxy', name: 'openshift-kube-proxy' }),
    ).toMatchObject({ configMap: 'proxy-config' });
  });

  it('takes ConfigMap and key as they are named', () => {
    expect(locate([kubeadm], { ...wanted, configMap: 'mine', key: 'k' })).toMatchObject({
      configMap: 'mine',
      key: 'k',
    });
    expect(locate([kubeadm], { ...wanted, configMap: 'mine' })).toMatchObject({
      configMap: 'mine',
      key: 'config.conf',
    });
  });

  it('accepts an image of any name when the DaemonSet has one container', () => {
    const one = daemonSet({
      labels,
      container: {
        name: 'p',
        image: 'own/proxy:1',
        args: ['--config=/etc/proxy/a'],
        volumeMounts: [{ name: 'v', mountPath: '/etc/proxy' }],
      },
      volumes: [{ name: 'v', configMap: { name: 'cm' } }],
    });
    expect(locate([one], wanted)).toMatchObject({ container: 'p', configMap: 'cm', key: 'a' });
  });

  it('refuses one that does not exist, one for Windows, and a missing key', () => {
    expect(locate([kubeadm], { namespace: 'kube-system', name: 'other' })).toMatchObject({
      reason: 'KubeProxyNotFound',
    });
    expect(locate([windows], { namespace: 'kube-system', name: 'kube-proxy-windows' })).toMatchObject({
      reason: 'InvalidSpec',
    });
    const hostPath = daemonSet({ labels, container: { name: 'p', image, args: ['--config=/etc/a'] }, volumes: [] });
    expect(locate([hostPath], { ...wanted, configMap: 'mine' })).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining('daemonSet.key') as string,
    });
  });
});
