import { ApiError, type KubeObject, type Resource } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { CONFIG_MAPS, CUSTOM_PATHS, LIST_PATHS } from '../preflight/facts/snapshot.ts';
import { takeSnapshot, type Reader } from './take-snapshot.ts';
import { refused } from './testing/fake-client.ts';

type Answers = {
  /** Items by `group/version/plural`, `v1/pods`; an error is thrown. What is not named is not served. */
  readonly lists?: Readonly<Record<string, readonly KubeObject[] | Error>>;
  readonly configMaps?: Readonly<Record<string, KubeObject | Error>>;
  readonly version?: string | Error;
  readonly groups?: readonly string[];
};

function reader({
  lists = {},
  configMaps = {},
  version = 'v1.36.3',
  groups = [],
}: Answers): Reader & { readonly asked: string[] } {
  const asked: string[] = [];
  const give = <T>(answer: T | Error): T => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return {
    asked,
    async list<T extends KubeObject>(
      resource: Resource<T>,
      { project = (object) => object }: { readonly project?: (object: T) => T } = {},
    ) {
      const path = [resource.group, resource.version, resource.plural].filter(Boolean).join('/');
      asked.push(path);
      const items = give(lists[path] ?? refused(404)) as readonly T[];
      return { items: items.map(project), resourceVersion: '1' };
    },
    async get<T extends KubeObject>(_resource: Resource<T>, ref: { name: string; namespace?: string }) {
      const path = `${ref.namespace}/${ref.name}`;
      asked.push(path);
      return give(configMaps[path]) as T | undefined;
    },
    apiGroups: async () => new Set(groups),
    version: async () => give(version),
  };
}

describe('takeSnapshot', () => {
  it('reads every list and every well-known ConfigMap once', async () => {
    const client = reader({});
    const snapshot = await takeSnapshot(client);
    expect(client.asked.toSorted()).toEqual(
      [...Object.values(LIST_PATHS), ...Object.values(CUSTOM_PATHS).flat()]
        .map((path) => path.split('/').slice(2).join('/'))
        .concat(CONFIG_MAPS)
        .toSorted(),
    );
    expect(snapshot.serverVersion).toEqual({ known: true, value: 'v1.36.3' });
    expect(snapshot.readings).toEqual({});
    expect(snapshot.probes).toEqual({});
  });

  it('knows a list that is not served to be empty', async () => {
    const { pods, custom } = await takeSnapshot(reader({}));
    expect(pods).toEqual({ known: true, value: [] });
    expect(custom.installations).toEqual({ known: true, value: [] });
  });

  it('takes the first path that is served', async () => {
    const felix = { metadata: { name: 'default' }, spec: { nftablesMode: 'Enabled' } };
    const client = reader({ lists: { 'projectcalico.org/v3/felixconfigurations': [felix] } });
    expect((await takeSnapshot(client)).custom.felixConfigurations).toEqual({ known: true, value: [felix] });
    const both = reader({
      lists: {
        'crd.projectcalico.org/v1/felixconfigurations': [],
        'projectcalico.org/v3/felixconfigurations': refused(500),
      },
    });
    expect((await takeSnapshot(both)).custom.felixConfigurations).toEqual({ known: true, value: [] });
  });

  it('tells a kind that does not exist from one that may not be listed, though both are refused', async () => {
    const lists = {
      'operator.tigera.io/v1/installations': refused(403),
      'metallb.io/v1beta1/l2advertisements': refused(403),
    };
    const { custom } = await takeSnapshot(reader({ lists, groups: ['metallb.io'] }));
    expect(custom.installations).toEqual({ known: true, value: [] });
    expect(custom.l2Advertisements).toMatchObject({ known: false });
  });

  it('says of each refusal what was refused, as RBAC names it', async () => {
    const client = reader({
      lists: {
        'v1/nodes': refused(403),
        'apps/v1/daemonsets': refused(401),
        'v1/pods': refused(500, 'cannot list pods: etcd is away'),
      },
      configMaps: { 'kube-system/kube-proxy': refused(403) },
      version: refused(503, 'cannot get version: overloaded'),
    });
    const { nodes, daemonSets, pods, configMaps, serverVersion } = await takeSnapshot(client);
    expect(nodes).toEqual({ known: false, why: 'listing nodes is forbidden' });
    expect(daemonSets).toEqual({ known: false, why: 'listing daemonsets.apps needs other credentials (401)' });
    expect(pods).toEqual({ known: false, why: 'listing pods failed: cannot list pods: etcd is away' });
    expect(configMaps['kube-system/kube-proxy']).toEqual({
      known: false,
      why: 'reading ConfigMap kube-system/kube-proxy is forbidden',
    });
    expect(configMaps['kube-system/kubeadm-config']).toEqual({ known: true, value: undefined });
    expect(serverVersion).toEqual({ known: false, why: 'reading the version failed: cannot get version: overloaded' });
  });

  it('reads the ConfigMaps that are mounted where kube-proxy runs', async () => {
    const daemonSet = {
      metadata: { name: 'kube-proxy', namespace: 'kube-system' },
      spec: {
        template: {
          spec: {
            containers: [{ name: 'p', image: 'example/kube-proxy:v1.33.0' }],
            volumes: [{ name: 'config', configMap: { name: 'kube-proxy-config-0123456789abcdef' } }],
          },
        },
      },
    };
    const client = reader({ lists: { 'apps/v1/daemonsets': [daemonSet] } });
    const { configMaps } = await takeSnapshot(client);
    expect(Object.keys(configMaps)).toContain('kube-system/kube-proxy-config-0123456789abcdef');
  });

  it('slims what it keeps', async () => {
    const metadata = { name: 'a', managedFields: [{ manager: 'm', fieldsV1: {} }] };
    const client = reader({
      lists: { 'v1/nodes': [{ metadata, status: { images: [] } } as KubeObject] },
      configMaps: { 'kube-system/kube-proxy': { metadata, data: {} } as KubeObject },
    });
    const { nodes, configMaps } = await takeSnapshot(client);
    const slimmed = { name: 'a', managedFields: [{ manager: 'm' }] };
    expect(nodes).toEqual({ known: true, value: [{ metadata: slimmed, spec: {}, status: {} }] });
    expect(configMaps['kube-system/kube-proxy']).toEqual({ known: true, value: { metadata: slimmed, data: {} } });
  });

  it.each([
    ['apps/v1/deployments', 'deployments'],
    ['apps/v1/daemonsets', 'daemonSets'],
    ['v1/pods', 'pods'],
    ['v1/services', 'services'],
  ] as const)('keeps little of objects that somebody has filled to the brim: %s', async (path, name) => {
    const filled = 'a'.repeat(1_000_000);
    const pod = { containers: [{ name: 'c', image: 'example/c', args: [filled], livenessProbe: filled }] };
    const spec = { ...pod, template: { spec: pod }, selector: { app: filled } };
    const object = { metadata: { name: 'a', annotations: { note: filled } }, spec };
    const snapshot = await takeSnapshot(reader({ lists: { [path]: [object] } }));
    expect(JSON.stringify(snapshot[name]).length).toBeLessThan(20_000);
  });

  it('counts what it has read', async () => {
    const told: string[] = [];
    await takeSnapshot(reader({}), { progress: (done, of) => told.push(`${done}/${of}`) });
    const all = Object.keys(LIST_PATHS).length + Object.keys(CUSTOM_PATHS).length + 1;
    expect(told).toEqual(Array.from({ length: all }, (_, index) => `${index + 1}/${all}`));
  });

  it('rejects when it is called off: what was not answered then says nothing', async () => {
    const stop = new AbortController();
    const lost = new ApiError('cannot list nodes: aborted', {
      status: 0,
      reason: 'Aborted',
      verb: 'list',
      resource: 'nodes',
      outcome: 'refused',
    });
    const client = reader({ lists: { 'v1/nodes': lost } });
    stop.abort(new Error('enough'));
    await expect(takeSnapshot(client, { signal: stop.signal })).rejects.toThrow('enough');
    const { nodes } = await takeSnapshot(client);
    expect(nodes).toEqual({ known: false, why: 'listing nodes failed: cannot list nodes: aborted' });
  });

  it('rejects with what is wrong on our side', async () => {
    const client = reader({ version: new TypeError('no credentials') });
    await expect(takeSnapshot(client)).rejects.toThrow('no credentials');
  });
});
