import { describe, expect, it } from 'vitest';
import { slim, slimEndpointSlice, slimNode, slimPod, slimService, slimWorkload } from './slim.ts';

const metadata = {
  name: 'a',
  namespace: 'kube-system',
  labels: { app: 'a' },
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"whole":"object"}', 'olm.owner': 'x' },
  managedFields: [{ manager: 'argocd', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:data': {} } }],
};

describe('slim', () => {
  it('keeps who manages an object, without the fields each manages', () => {
    expect(slim({ metadata }).metadata).toEqual({
      name: 'a',
      namespace: 'kube-system',
      labels: { app: 'a' },
      annotations: { 'olm.owner': 'x' },
      managedFields: [{ manager: 'argocd', operation: 'Update', time: '2026-01-01T00:00:00Z' }],
    });
  });

  it('adds nothing that was not there', () => {
    const bare = { metadata: { name: 'a' }, data: { key: 'value' } };
    expect(slim(bare)).toEqual(bare);
  });
});

describe('slimPod', () => {
  it('keeps what rules read of containers, and drops what they do not', () => {
    const container = {
      name: 'kube-proxy',
      image: 'registry.k8s.io/kube-proxy:v1.36.3',
      command: ['/usr/local/bin/kube-proxy'],
      args: ['--v=2'],
      env: [{ name: 'NODE_NAME' }],
      ports: [{ containerPort: 80, hostPort: 80 }],
      securityContext: { privileged: true },
      volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy' }],
    };
    const pod = {
      metadata,
      spec: {
        nodeName: 'n1',
        hostNetwork: true,
        volumes: [{ name: 'config' }],
        containers: [{ ...container, resources: { limits: {} }, livenessProbe: {} }],
        initContainers: [{ name: 'first', image: 'example/first', terminationMessagePath: '/dev/log' }],
        tolerations: [{ operator: 'Exists' }],
      },
      status: { phase: 'Running', podIP: '10.0.0.1', hostIP: '10.0.0.1', qosClass: 'BestEffort' },
    };
    expect(slimPod(pod)).toEqual({
      ...slim({ metadata }),
      spec: {
        nodeName: 'n1',
        hostNetwork: true,
        volumes: [{ name: 'config' }],
        containers: [container],
        initContainers: [{ name: 'first', image: 'example/first' }],
      },
      status: { phase: 'Running', podIP: '10.0.0.1' },
    });
  });

  it('takes a pod that has neither spec nor status', () => {
    expect(slimPod({ metadata: { name: 'a' } })).toEqual({ metadata: { name: 'a' }, spec: {}, status: {} });
  });
});

describe('slimNode', () => {
  it('drops the images a node has pulled', () => {
    const status = { nodeInfo: { kernelVersion: '6.1.0' }, addresses: [], capacity: { cpu: '4' }, conditions: [] };
    const node = {
      metadata: { name: 'n1' },
      spec: { podCIDRs: ['10.244.1.0/24'], providerID: 'kind://a', externalID: 'x' },
      status: { ...status, images: [{ names: ['example/big'], sizeBytes: 1 }], volumesInUse: [] },
    };
    expect(slimNode(node)).toEqual({
      metadata: { name: 'n1' },
      spec: { podCIDRs: ['10.244.1.0/24'], providerID: 'kind://a' },
      status,
    });
  });
});

describe('slimEndpointSlice', () => {
  it('keeps where endpoints are and whether they are ready', () => {
    const kept = { addresses: ['10.244.1.2'], conditions: { ready: true }, nodeName: 'n1' };
    const slice = {
      metadata: { name: 's' },
      addressType: 'IPv4',
      endpoints: [{ ...kept, targetRef: { kind: 'Pod', name: 'p' }, zone: 'a', hints: {} }],
      ports: [{ port: 80 }],
    };
    expect(slimEndpointSlice(slice)).toEqual({ ...slice, endpoints: [kept] });
  });

  it.each([null, undefined])('takes a slice whose endpoints are %s', (endpoints) => {
    const slice = { metadata: { name: 's' }, endpoints };
    expect(slimEndpointSlice(slice)).toEqual(slice);
  });
});

describe('slimWorkload', () => {
  it('keeps what locates kube-proxy and tells how it is rolled out', () => {
    const kept = {
      selector: { matchLabels: { app: 'a' } },
      updateStrategy: { type: 'OnDelete' },
      template: {
        metadata: { labels: { app: 'a' } },
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          hostNetwork: true,
          volumes: [{ name: 'c', configMap: { name: 'cfg' } }],
          containers: [{ name: 'a', image: 'example/a', args: ['--config=/c/config.conf'] }],
        },
      },
    };
    const status = { desiredNumberScheduled: 3, observedGeneration: 2 };
    const { template } = kept;
    const workload = {
      metadata: { name: 'a' },
      spec: {
        ...kept,
        revisionHistoryLimit: 10,
        template: {
          ...template,
          spec: {
            ...template.spec,
            volumes: [{ ...template.spec.volumes[0], secret: { secretName: 's' } }],
            tolerations: [{ operator: 'Exists' }],
          },
        },
      },
      status: { ...status, conditions: [] },
    };
    expect(slimWorkload(workload)).toEqual({ metadata: { name: 'a' }, spec: kept, status });
  });

  it('takes one that has no template', () => {
    expect(slimWorkload({ metadata: { name: 'a' } })).toEqual({ metadata: { name: 'a' }, spec: {}, status: {} });
  });
});

describe('slimService', () => {
  it('keeps every port, and no condition', () => {
    const ports = Array.from({ length: 5000 }, (_, index) => ({ name: `port-${index}`, port: index + 1 }));
    const spec = { type: 'ClusterIP', clusterIPs: ['10.96.0.1'], ports };
    const service = {
      metadata: { name: 's' },
      spec: { ...spec, publishNotReadyAddresses: true },
      status: { conditions: [] },
    };
    expect(slimService(service)).toEqual({ metadata: { name: 's' }, spec, status: {} });
  });
});

describe('an object of 1 MB', () => {
  const large = 'a'.repeat(1_000_000);
  const container = { name: 'c', image: 'example/c', args: [large], env: [{ name: 'E', value: large }] };
  const spec = { nodeName: 'n1', containers: [container, { name: 'last', image: 'example/last' }] };
  const size = (kept: unknown): number => JSON.stringify(kept).length;

  it.each([
    ['a pod', slimPod({ metadata: { name: 'a' }, spec })],
    ['a Deployment', slimWorkload({ metadata: { name: 'a' }, spec: { template: { spec } } })],
  ])('is kept without the ends of its texts: %s', (_what, kept) => {
    expect(size(kept)).toBeLessThan(10_000);
    expect(JSON.stringify(kept)).toContain('example/last');
  });

  it('is kept without most of what it has of one kind', () => {
    const env = Array.from({ length: 40_000 }, (_, index) => ({ name: `E${index}`, value: 'x' }));
    const kept = slimPod({ metadata: { name: 'a' }, spec: { containers: [{ ...container, args: [], env }] } });
    expect(size(kept)).toBeLessThan(150_000);
    expect(JSON.stringify(kept)).toContain('"E1000"');
  });

  it('has annotations that are cut, and its name', () => {
    const kept = slimService({ metadata: { name: 's', namespace: 'team', annotations: { note: large } } });
    expect(kept.metadata).toEqual({ name: 's', namespace: 'team', annotations: { note: 'a'.repeat(4096) } });
  });
});
