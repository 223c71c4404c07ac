import type { Client } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import type { Located } from '../kubeproxy/locate.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import type { Observed } from '../rollout/observed.ts';
import { ensureRights, RightsCheck, type RightsWanted } from './rights.ts';
import { refused } from './testing/fake-client.ts';

const WHERE: Located = {
  kind: 'located',
  namespace: 'kube-system',
  daemonSet: 'kube-proxy',
  configMap: 'kube-proxy',
  key: 'config.conf',
  container: 'kube-proxy',
  selector: 'k8s-app=kube-proxy',
  image: 'kube-proxy:v1.36.3',
};
const SSH = { type: 'SSH', ssh: { user: 'ops', secretRef: { name: 'key' }, knownHosts: { name: 'hosts' } } };

type Attributes = Readonly<Record<'verb' | 'resource' | 'subresource' | 'namespace' | 'name', string | undefined>>;
type Asked = { readonly spec: { readonly resourceAttributes: Attributes } };

function wanted(nodeAccess: object = { type: 'Pod' }, kubeProxy: object = {}, strategy = 'InPlace'): RightsWanted {
  return {
    kubeProxy: WHERE,
    spec: { nodeAccess, kubeProxy, rollout: { strategy }, verify: {} },
    namespace: 'ours',
  } as RightsWanted;
}

/** An API server that answers every review as it is told. */
function answering(answer: (asked: Attributes) => unknown): Client {
  const create = async (_resource: unknown, { spec }: Asked): Promise<unknown> => answer(spec.resourceAttributes);
  return { create } as unknown as Client;
}

/** As a person would say it: `delete pods ours`. */
function inWords({ verb, resource, subresource, namespace, name }: Attributes): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return [verb, what, namespace, name].filter(Boolean).join(' ');
}

async function needed(what: RightsWanted): Promise<readonly string[]> {
  const asked: string[] = [];
  const client = answering((attributes) => {
    asked.push(inWords(attributes));
    return { status: { allowed: true } };
  });
  await ensureRights(client, what);
  return asked;
}

const REPLACING = ['patch configmaps kube-system kube-proxy', 'delete pods kube-system', 'get pods/log kube-system'];

describe('what is needed', () => {
  it('where somebody else makes the change is nothing that would make it', async () => {
    const assisting = await needed(wanted({ type: 'Pod' }, {}, 'Assist'));
    expect(assisting.filter((right) => right.includes('kube-system'))).toEqual(['get pods/log kube-system']);
  });

  it('in kube-proxy’s namespace is to replace its pods; to go through them only where nothing else leads to nodes', async () => {
    const byPods = await needed(wanted());
    expect(byPods.filter((right) => right.includes('kube-system'))).toEqual(REPLACING);
    expect(byPods.filter((right) => right.includes('ours'))).toEqual([
      'delete pods ours',
      'deletecollection pods ours',
    ]);
    expect(await needed(wanted({ type: 'None' }))).toEqual([
      ...REPLACING,
      'get pods/portforward kube-system',
      'create pods/portforward kube-system',
    ]);
  });

  it('to compare rules is to list what they are for', async () => {
    const plain = wanted();
    const audited = { ...plain, spec: { ...plain.spec, verify: { ...plain.spec.verify, audit: 'Enforce' as const } } };
    const more = (await needed(audited)).slice((await needed(plain)).length);
    expect(more).toEqual(['list services', 'list endpointslices']);
    const refusing = answering(({ resource }) => ({ status: { allowed: resource !== 'endpointslices' } }));
    await expect(ensureRights(refusing, audited)).rejects.toThrow('cannot list endpointslices in all namespaces');
  });

  it('over SSH is no right to pods but to replace kube-proxy’s', async () => {
    const keys = ['get secrets ours key', 'get configmaps ours hosts'];
    expect(await needed(wanted(SSH))).toEqual([...REPLACING, ...keys]);
    expect(await needed(wanted(SSH, { type: 'Systemd' }))).toEqual([
      'create configmaps kube-system',
      'patch configmaps kube-system kube-proxy',
      ...keys,
    ]);
  });
});

describe('a right that is missing', () => {
  it.each([
    ['patch', 'configmaps'],
    ['delete', 'pods'],
    ['deletecollection', 'pods'],
    ['get', 'pods/log'],
    ['create', 'pods/portforward', 'None'],
    ['get', 'secrets', 'SSH'],
  ])('is refused as the API server would: %s %s', async (verb, resource, type = 'Pod') => {
    const client = answering((asked) => ({
      status: { allowed: !inWords(asked).startsWith(`${verb} ${resource} `) },
    }));
    await expect(ensureRights(client, wanted(type === 'SSH' ? SSH : { type }))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining(`cannot ${verb} ${resource} in namespace`) as string,
    });
  });

  it.each([403, 404])('is left to the request itself where nobody answers such questions (%i)', async (status) => {
    const client = answering(() => {
      throw refused(status);
    });
    await expect(ensureRights(client, wanted())).resolves.toBeUndefined();
  });

  it('cannot be told while the answer fails', async () => {
    const client = answering(() => {
      throw refused(500);
    });
    await expect(ensureRights(client, wanted())).rejects.toMatchObject({ status: 500 });
  });
});

describe('rights are asked for', () => {
  const NOTHING = { edit: undefined, tasks: [], status: {} } as const;
  const SWITCH = { ...NOTHING, edit: { why: 'switch', text: '', resourceVersion: '1' } } as const;
  const task = (kind: 'prepare' | 'undo'): Omit<typeof NOTHING, 'tasks'> & { tasks: readonly NodeTask[] } => ({
    ...NOTHING,
    tasks: [
      { id: 'a', node: 'n1', since: 0, kind, preparation: { modules: [], sysctls: [], persist: false, startedAt: '' } },
    ],
  });
  const world = (generation = 1): Observed =>
    ({
      migration: { name: 'm', uid: 'u', generation, spec: wanted().spec, status: {} },
      kubeProxy: WHERE,
    }) as unknown as Observed;

  function checking(allowed: () => boolean): { readonly check: RightsCheck; readonly asked: () => number } {
    let asked = 0;
    const client = answering(() => {
      asked += 1;
      return { status: { allowed: allowed() } };
    });
    return { check: new RightsCheck(client, 'ours'), asked: () => asked };
  }

  it('before it starts, a node is made ready, and the ConfigMap is edited: once for all of them', async () => {
    const { check, asked } = checking(() => true);
    await check.before(NOTHING, world());
    expect(asked()).toBe(0);
    await check.before({ ...NOTHING, status: { startedAt: '2027-01-01T00:00:00Z' } }, world());
    expect(asked()).toBe(5);
    await check.before(task('prepare'), world());
    const once = asked();
    expect(once).toBe(5);
    await check.before(SWITCH, world());
    expect(asked()).toBe(once);
    await check.before(SWITCH, world(2));
    expect(asked()).toBe(2 * once);
    check.forget('m');
    await check.before(SWITCH, world(2));
    expect(asked()).toBe(3 * once);
  });

  it('again after one was missing', async () => {
    let allowed = false;
    const { check } = checking(() => allowed);
    await expect(check.before(task('prepare'), world())).rejects.toMatchObject({ status: 403 });
    await expect(check.before(task('prepare'), world())).rejects.toMatchObject({ status: 403 });
    allowed = true;
    await expect(check.before(task('prepare'), world())).resolves.toBeUndefined();
  });

  it('never on the way back', async () => {
    const { check, asked } = checking(() => false);
    await check.before(task('undo'), world());
    await check.before({ ...SWITCH, edit: { ...SWITCH.edit, why: 'restore' } }, world());
    expect(asked()).toBe(0);
  });
});
