// A Node as a kubelet on a busy machine keeps it: most of it is the images it has, and who wrote which field.
import type { NodeObject } from '../resources.ts';

export function bigNode(name = 'ip-10-0-12-34.eu-west-1.compute.internal'): NodeObject {
  const time = '2026-01-01T00:00:00Z';
  const condition = (type: string, status: string): object => ({
    type,
    status,
    lastHeartbeatTime: '2026-01-01T09:59:00Z',
    lastTransitionTime: time,
    reason: `Kubelet${type}`,
    message: `kubelet says ${status} about ${type} of this node`,
  });
  const images = Array.from({ length: 50 }, (_, index) => ({
    names: [
      `registry.example.com/team-${index}/service-with-a-long-name@sha256:${String(index).padStart(64, '0')}`,
      `registry.example.com/team-${index}/service-with-a-long-name:v1.2.${index}-20260101.deadbeef`,
    ],
    sizeBytes: 123_456_789 + index,
  }));
  const managedFields = ['kubelet', 'kube-controller-manager', 'cloud-controller-manager'].map((manager) => ({
    manager,
    operation: 'Update',
    time,
    fieldsV1: Object.fromEntries(
      Array.from({ length: 90 }, (_, index) => [`f:field-number-${index}`, { '.': {}, 'f:value': {} }]),
    ),
  }));
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'node-role.kubernetes.io/worker': '',
    'node.kubernetes.io/instance-type': 'm7i.4xlarge',
    'topology.ebs.csi.aws.com/zone': 'eu-west-1a',
    'topology.kubernetes.io/region': 'eu-west-1',
    'topology.kubernetes.io/zone': 'eu-west-1a',
    'eks.amazonaws.com/nodegroup': 'general-purpose',
    'eks.amazonaws.com/nodegroup-image': 'ami-0123456789abcdef0',
    'eks.amazonaws.com/capacityType': 'ON_DEMAND',
  };
  const whole = {
    metadata: {
      name,
      uid: '01234567-89ab-cdef-0123-456789abcdef',
      resourceVersion: '123456789',
      creationTimestamp: time,
      labels,
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        'csi.volume.kubernetes.io/nodeid': '{"ebs.csi.aws.com":"i-0123456789abcdef0"}',
      },
      managedFields,
    },
    spec: { podCIDR: '10.244.3.0/24', providerID: 'aws:///eu-west-1a/i-0123456789abcdef0' },
    status: {
      capacity: { cpu: '16', memory: '64Gi', pods: '110', 'ephemeral-storage': '200Gi' },
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure']
        .map((type) => condition(type, 'False'))
        .concat(condition('Ready', 'True')),
      nodeInfo: { kubeletVersion: 'v1.36.3', kernelVersion: '6.12.0', containerRuntimeVersion: 'containerd://2.1.0' },
      images,
    },
  };
  return whole as unknown as NodeObject;
}
