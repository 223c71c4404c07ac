// The rights the chart gives, held against what the operator asks for: a list or a ConfigMap that the preflight learns to read must
// reach the chart, too.
import { describe, expect, it } from 'vitest';
import { TRIAL_ACCOUNT } from '../../src/node/helper-pod.ts';
import { configMapsToRead } from '../../src/preflight/facts/config-maps.ts';
import { CONFIG_MAPS, CUSTOM_PATHS, LIST_PATHS } from '../../src/preflight/facts/snapshot.ts';
import { render, type Manifest, type Rule } from './render.ts';
import { SHAPES } from './shapes.ts';

type Grant = { readonly where: string; readonly rule: Rule };

/** By role; `where` is a namespace or, of a ClusterRole, everywhere. */
function grants(manifests: readonly Manifest[]): readonly Grant[] {
  return manifests
    .filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && !/-(view|edit|test|trial)$/.test(metadata.name))
    .flatMap(({ metadata, rules = [] }) => rules.map((rule) => ({ where: metadata.namespace ?? 'everywhere', rule })));
}

const shape = async (name: string): Promise<readonly Grant[]> => grants(await render(...(SHAPES[name] ?? [])));

describe('what may be read for a preflight', () => {
  it('is every list the preflight makes', async () => {
    const granted = await shape('assess-only');
    const paths = [...Object.values(LIST_PATHS), ...Object.values(CUSTOM_PATHS).flat()];
    for (const path of paths) {
      const [root, ...rest] = path.split('/').slice(1);
      const group = root === 'api' ? '' : (rest[0] ?? '');
      const may = granted.some(
        ({ rule }) =>
          rule.verbs.includes('list') && rule.apiGroups.includes(group) && rule.resources.includes(rest.at(-1) ?? ''),
      );
      expect(may, path).toBe(true);
    }
  });

  it('is every ConfigMap the preflight asks for, by name', async () => {
    const networks = ['cilium', 'anetd', 'antrea-agent'].map((name) => ({ metadata: { name } }));
    const names = [...CONFIG_MAPS, ...configMapsToRead(networks)].map((path) => path.split('/')[1]);
    const rule = (await shape('assess-only')).find(({ rule: { resources } }) => resources.includes('configmaps'))?.rule;
    expect(new Set(rule?.resourceNames)).toEqual(new Set(names));
    expect(rule?.verbs).toEqual(['get']);
  });

  it('lets nobody who may only assess change anything, or see a Secret', async () => {
    for (const { rule } of await shape('assess-only')) {
      expect(['list', 'get']).toEqual(expect.arrayContaining([...rule.verbs]));
      expect(rule.resources).not.toContain('secrets');
    }
  });
});

describe('what a kube-proxy on trial may do', () => {
  const trial = async (name: string): Promise<readonly Manifest[]> =>
    (await render(...(SHAPES[name] ?? []))).filter(({ metadata }) => metadata.name.endsWith('-trial'));

  it('is to read what a kube-proxy reads, and to write nothing', async () => {
    const role = (await trial('helper-pods')).find(({ kind }) => kind === 'ClusterRole');
    expect(role?.rules?.flatMap(({ resources }) => resources).toSorted()).toEqual([
      'endpointslices',
      'nodes',
      'servicecidrs',
      'services',
    ]);
    expect(new Set(role?.rules?.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']));
  });

  it('is given to the account that the operator names in its pods', async () => {
    const account = (await trial('helper-pods')).find(({ kind }) => kind === 'ServiceAccount');
    expect(account?.metadata).toMatchObject({ name: TRIAL_ACCOUNT, namespace: 'proxymode' });
  });

  it.each(['assess-only', 'api-only', 'ssh'])('is nothing where no pod is made (%s)', async (name) => {
    expect(await trial(name)).toEqual([]);
  });
});

describe('what the operator may do', () => {
  it.each(['assess-only', 'api-only', 'ssh'])('includes no command in any pod (%s)', async (name) => {
    const exec = (await shape(name)).filter(({ rule }) => rule.resources.includes('pods/exec'));
    expect(exec).toEqual([]);
  });

  it('includes commands in pods, and making pods, in its own namespace only', async () => {
    const granted = (await shape('helper-pods')).filter(
      ({ rule: { resources, verbs } }) =>
        resources.includes('pods/exec') || (resources.includes('pods') && verbs.includes('create')),
    );
    expect(granted.map(({ where }) => where)).toEqual(['proxymode', 'proxymode']);
  });

  it('includes port-forwards into the namespace of kube-proxy only where nobody looks at nodes', async () => {
    const places = async (name: string): Promise<readonly string[]> =>
      (await shape(name)).filter(({ rule }) => rule.resources.includes('pods/portforward')).map(({ where }) => where);
    expect(await places('helper-pods')).toEqual(['proxymode']);
    expect(await places('api-only')).toEqual(['kube-system']);
    expect(await places('ssh')).toEqual([]);
  });

  it('includes Secrets only with SSH, and only the named ones', async () => {
    for (const name of Object.keys(SHAPES)) {
      const secrets = (await shape(name)).filter(({ rule }) => rule.resources.includes('secrets'));
      const named = [{ rule: { resourceNames: ['nodes-ssh'], verbs: ['get'] }, where: 'proxymode' }];
      expect(secrets).toMatchObject(name === 'ssh' || name === 'everything' ? named : []);
    }
  });

  it('is nowhere a wildcard', async () => {
    for (const { rule } of await shape('everything'))
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
  });
});

describe("other people's rights", () => {
  it('are what kubectl needs to look at migrations, and to write them', async () => {
    const rulesOf = async (role: string) => (await render()).find(({ metadata }) => metadata.name === role)?.rules;
    const looking = ['get', 'list', 'watch'];
    const apiGroups = ['proxymode.dev'];
    expect(await rulesOf('proxymode-view')).toEqual([
      { apiGroups, resources: ['proxymodemigrations', 'nodemigrations'], verbs: looking },
    ]);
    expect(await rulesOf('proxymode-edit')).toEqual([
      { apiGroups, resources: ['proxymodemigrations'], verbs: [...looking, 'create', 'update', 'patch', 'delete'] },
      { apiGroups, resources: ['nodemigrations'], verbs: looking },
    ]);
  });

  const labelsOf = async (role: string, ...sets: readonly string[]) =>
    Object.keys((await render(...sets)).find(({ metadata }) => metadata.name === role)?.metadata.labels ?? {});

  it('to look at migrations come with view', async () => {
    expect(await labelsOf('proxymode-view')).toContain('rbac.authorization.k8s.io/aggregate-to-view');
    expect((await labelsOf('proxymode-view', 'rbac.aggregateToView=false')).join()).not.toContain('aggregate');
  });

  it('to start migrations come with edit only where that was asked for', async () => {
    expect((await labelsOf('proxymode-edit')).join()).not.toContain('aggregate');
    expect(await labelsOf('proxymode-edit', 'rbac.aggregateToEdit=true')).toContain(
      'rbac.authorization.k8s.io/aggregate-to-edit',
    );
  });
});
