import { describe, expect, it } from 'vitest';
import { slim, slimEndpointSlice, slimNode, slimPod } from './slim.ts';

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
