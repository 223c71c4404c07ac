// docs/gitops/argocd-cm.yaml in a real Lua, with a migration in every phase. Argo CD runs Lua 5.1, this is 5.4: the scripts keep to
// what both have.
import { LuaFactory } from 'wasmoon';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { recorded, RECORDED, shipped, type Recorded } from './recorded.ts';

type Actions = {
  readonly 'discovery.lua': string;
  readonly definitions: readonly { readonly name: string; readonly 'action.lua': string }[];
};
type Health = { readonly status: string; readonly message: string };

const { data } = parse(shipped('argocd-cm.yaml')) as { readonly data: Readonly<Record<string, string>> };
const custom = (what: string, kind: string): string =>
  data[`resource.customizations.${what}.proxymode.dev_${kind}`] ?? '';
const actions = parse(custom('actions', 'ProxyModeMigration')) as Actions;
const factory = new LuaFactory();

/** What the script returns of the object, which it knows as `obj`. */
async function lua<T>(script: string, object: object): Promise<T> {
  // as tables, as in Argo CD: a JavaScript array would begin with 0
  const engine = await factory.createEngine({ enableProxy: false });
  try {
    engine.global.set('obj', object);
    return (await engine.doString(script)) as T;
  } finally {
    engine.global.close();
  }
}

const health = (object: object, kind = 'ProxyModeMigration'): Promise<Health> => lua(custom('health', kind), object);

async function offered(object: object): Promise<readonly string[]> {
  const found = await lua<Record<string, { disabled: boolean }>>(actions['discovery.lua'], object);
  return Object.keys(found).filter((name) => found[name]?.disabled === false);
}

function act(name: string, object: object): Promise<Recorded> {
  const action = actions.definitions.find((definition) => definition.name === name);
  return lua(action?.['action.lua'] ?? '', object);
}

describe('the health Argo CD shows', () => {
  it.each([
    ['untouched', 'Progressing'],
    ['stale', 'Progressing'],
    ['Pending', 'Progressing'],
    ['Planned', 'Healthy'],
    ['Progressing', 'Progressing'],
    ['Paused', 'Suspended'],
    ['RollingBack', 'Progressing'],
    ['Succeeded', 'Healthy'],
    ['RolledBack', 'Degraded'],
    ['Failed', 'Degraded'],
    ['Blocked', 'Degraded'],
  ])('of %s is %s', async (name, status) => {
    expect((await health(recorded(name))).status).toBe(status);
  });

  it('was asked for each recording', () => {
    expect(RECORDED.size).toBe(11);
  });

  it('says what the operator says, unless that is about an older spec', async () => {
    expect((await health(recorded('Failed'))).message).toBe(recorded('Failed').status?.message);
    expect((await health(recorded('stale'))).message).toBe('Waiting for the operator');
  });

  it('of a node’s record is left to its migration', async () => {
    expect(await health({ status: { phase: 'Failed', message: 'why' } }, 'NodeMigration')).toEqual({
      status: 'Healthy',
      message: 'why',
    });
  });
});

describe('the actions Argo CD offers', () => {
  it.each([
    ['untouched', ['pause']],
    ['Pending', ['pause']],
    ['Planned', ['start']],
    ['Progressing', ['pause']],
    ['Paused', ['resume']],
    ['RollingBack', ['pause']],
    ['Succeeded', []],
    ['RolledBack', ['retry']],
    ['Failed', ['retry', 'rollback']],
    ['Blocked', ['retry']],
  ])('on %s are %j', async (name, names) => {
    expect((await offered(recorded(name))).toSorted()).toEqual(names);
  });

  it('are those that are defined', async () => {
    const found = await lua<object>(actions['discovery.lua'], recorded('Pending'));
    expect(Object.keys(found).toSorted()).toEqual(actions.definitions.map(({ name }) => name).toSorted());
  });

  it.each([
    ['pause', 'Progressing', { paused: true }],
    ['resume', 'Paused', { paused: false }],
    ['start', 'Planned', { dryRun: false }],
    ['rollback', 'Failed', { onFailure: 'Rollback' }],
  ])('%s changes one field of %s', async (action, name, change) => {
    const before = recorded(name);
    const { spec, metadata } = await act(action, before);
    expect(spec).toEqual({ ...before.spec, ...change });
    expect(metadata).toEqual(before.metadata);
  });

  it('retry gives the annotation a new value and keeps the others', async () => {
    const before = recorded('Failed');
    const { spec, metadata } = await act('retry', {
      ...before,
      metadata: { ...before.metadata, annotations: { a: 'b' } },
    });
    expect(spec).toEqual(before.spec);
    expect(metadata.annotations).toEqual({
      a: 'b',
      'proxymode.dev/retry': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });
});
