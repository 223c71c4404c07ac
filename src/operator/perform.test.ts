import type { EventInput } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { until } from '../kopf-ts/testing/until.ts';
import type { Plan } from '../rollout/decision.ts';
import type { Hands } from './hands.ts';
import { perform } from './perform.ts';
import { createFakeClient, refused, type Answer, type FakeClient } from './testing/fake-client.ts';
import { CONFIG, migration, planOf, pod, recordWrite, WHERE } from './testing/facts.ts';

const held = migration({ metadata: { finalizers: ['proxymode.dev/restore', 'other/finalizer'] } });
const EDIT = { text: CONFIG, resourceVersion: '41', why: 'switch' } as const;

/** Everything a pass can do at once. */
const busy = planOf({
  records: [recordWrite('n1'), recordWrite('n2')],
  edit: EDIT,
  deletePods: [pod('n1'), pod('n2')],
});
const over = planOf({
  status: { phase: 'Succeeded', finishedAt: '2026-01-01T00:00:00Z' },
  records: [recordWrite('n1')],
});
const release = planOf({ finalizer: 'release', records: [recordWrite('n1')] });

type Performed = { readonly story: readonly string[]; readonly client: FakeClient; readonly events: EventInput[] };

function performing(
  plan: Plan,
  { answer, ...fields }: Partial<Hands> & { readonly answer?: Answer } = {},
): Performed & { readonly end: Promise<number | undefined> } {
  const client = createFakeClient((request) => {
    const own = answer?.(request);
    if (own !== undefined) return own;
    return request.verb === 'get' && request.resource === 'proxymodemigrations' ? held : undefined;
  });
  const events: EventInput[] = [];
  const hands: Hands = {
    client,
    migration: held,
    kubeProxy: WHERE,
    report: async () => {
      client.tell('status');
      return undefined;
    },
    event: (event) => void events.push(event),
    ...fields,
  };
  return { story: client.story, client, events, end: perform(plan, hands) };
}

async function storyOf(plan: Plan, fields?: Partial<Hands> & { readonly answer?: Answer }): Promise<readonly string[]> {
  const { story, end } = performing(plan, fields);
  await end;
  return story;
}

describe('perform', () => {
  it('stores what is intended before it does it', async () => {
    expect(await storyOf(busy)).toEqual([
      'status',
      'apply nodemigrations/status m.n1',
      'apply nodemigrations/status m.n2',
      'patch configmaps kube-proxy',
      'delete pods kube-proxy-n1',
      'delete pods kube-proxy-n2',
    ]);
  });

  it('says that all is over only after the last record', async () => {
    expect(await storyOf(over)).toEqual(['apply nodemigrations/status m.n1', 'status']);
  });

  it('releases the finalizer last, and leaves those of others', async () => {
    const { story, client, end } = performing(release);
    await end;
    expect(story).toEqual([
      'status',
      'apply nodemigrations/status m.n1',
      'get proxymodemigrations m',
      'patch proxymodemigrations m',
    ]);
    expect(client.sent.at(-1)?.body).toMatchObject({ metadata: { uid: 'm-uid', finalizers: ['other/finalizer'] } });
  });

  it('takes the finalizer first, and leaves the rest to the pass that sees it', async () => {
    const bare = migration();
    const answer: Answer = ({ verb }) => (verb === 'get' ? bare : undefined);
    const { story, client, end } = performing({ ...busy, finalizer: 'hold' }, { migration: bare, answer });
    expect(await end).toBe(0);
    expect(story).toEqual(['get proxymodemigrations m', 'patch proxymodemigrations m']);
    expect(client.sent.at(-1)?.body).toMatchObject({ metadata: { finalizers: ['proxymode.dev/restore'] } });
  });

  it('sends only the one key of the ConfigMap, under the version it was planned on', async () => {
    const { client, end } = performing(planOf({ edit: EDIT }));
    await end;
    expect(client.sent).toEqual([
      {
        verb: 'patch',
        resource: 'configmaps',
        name: 'kube-proxy',
        namespace: 'kube-system',
        body: { metadata: { resourceVersion: '41' }, data: { 'config.conf': CONFIG } },
      },
    ]);
  });

  it('deletes a pod by its UID', async () => {
    const { client, end } = performing(planOf({ deletePods: [pod('n1')] }));
    await end;
    expect(client.sent).toMatchObject([
      { verb: 'delete', resource: 'pods', namespace: 'kube-system', body: { uid: 'kube-proxy-n1-uid' } },
    ]);
  });

  it('takes a ConfigMap that somebody else was faster with for granted, and leaves the pods to the next pass', async () => {
    const story = await storyOf(busy, {
      answer: ({ resource }) => {
        if (resource === 'configmaps') throw refused(409);
      },
    });
    expect(story.at(-1)).toBe('patch configmaps kube-proxy');
  });

  it('does nothing to a kube-proxy it does not know', async () => {
    expect(await storyOf(planOf({ edit: EDIT, deletePods: [pod('n1')] }), { kubeProxy: undefined })).toEqual([
      'status',
    ]);
  });

  it.each([
    ['before the effects', busy],
    ['after the records', over],
  ])('passes on when a status held back %s is due', async (_, plan) => {
    expect(await performing(plan, { report: async () => 700 }).end).toBe(700);
  });

  it('tells the change of a node once it is stored', async () => {
    const { events, end } = performing(planOf({ records: [recordWrite('n1')] }));
    expect(events).toEqual([]);
    await end;
    expect(events).toMatchObject([{ reason: 'Switching', note: 'n1: replacing pod kube-proxy-n1' }]);
  });
});

describe('perform, when a request fails', () => {
  it.each([
    ['patch proxymodemigrations', { ...busy, finalizer: 'hold' as const }, 'patch proxymodemigrations m'],
    ['patch configmaps', busy, 'patch configmaps kube-proxy'],
    ['apply nodemigrations/status', over, 'apply nodemigrations/status m.n1'],
    ['apply nodemigrations/status', release, 'apply nodemigrations/status m.n1'],
    ['patch proxymodemigrations', release, 'patch proxymodemigrations m'],
  ])('does nothing that comes after %s', async (failing, plan, last) => {
    const answer: Answer = ({ verb, resource, name }) => {
      if (`${verb} ${resource} ${name}`.startsWith(failing)) throw refused(500);
      return verb === 'get' ? object : undefined;
    };
    const object = plan.finalizer === 'hold' ? migration() : held;
    const { story, end } = performing(plan, { answer, migration: object });
    await expect(end).rejects.toThrow('HTTP 500');
    expect(story.at(-1)).toBe(last);
  });

  it('replaces a pod as soon as its own record is stored, when the ConfigMap needs no change', async () => {
    const slow = Promise.withResolvers<undefined>();
    const { story, end } = performing(
      planOf({ records: [recordWrite('n1'), recordWrite('n2')], deletePods: [pod('n1'), pod('n2')] }),
      {
        answer: ({ resource, name }) =>
          resource.startsWith('nodemigrations') && name?.includes('n2') ? slow.promise : undefined,
      },
    );
    await until(() => story.some((line) => line.startsWith('delete')));
    expect(story.filter((line) => line.startsWith('delete'))).toHaveLength(1);
    slow.resolve(undefined);
    await end;
    expect(story.filter((line) => line.startsWith('delete'))).toHaveLength(2);
  });

  it('touches no node when the status cannot be stored', async () => {
    const report = async (): Promise<never> => {
      throw refused(409);
    };
    const { story, end } = performing(busy, { report });
    await expect(end).rejects.toThrow('HTTP 409');
    expect(story).toEqual([]);
  });

  it('touches neither ConfigMap nor pods when one record cannot be stored', async () => {
    const answer: Answer = ({ name }) => {
      if (name === 'm.n2') throw refused(409);
    };
    const { story, events, end } = performing(busy, { answer });
    await expect(end).rejects.toThrow('HTTP 409');
    expect(story.filter((line) => !line.includes('nodemigrations'))).toEqual(['status']);
    expect(events).toHaveLength(1);
  });

  it('keeps the finalizer, and does not say that all is over, when a pod cannot be deleted', async () => {
    const answer: Answer = ({ verb }) => {
      if (verb === 'delete') throw refused(403);
    };
    const plan = { ...over, finalizer: 'release' as const, deletePods: [pod('n1')] };
    const { story, end } = performing(plan, { answer });
    await expect(end).rejects.toThrow('HTTP 403');
    expect(story).toEqual(['apply nodemigrations/status m.n1', 'delete pods kube-proxy-n1']);
  });
});

describe('a kube-proxy that is a unit of systemd', () => {
  it('is handed over to be replaced, after its record', async () => {
    const replaced: string[] = [];
    const replace = ({ node }: { readonly node: string }): void => void replaced.push(node);
    const story = await storyOf(planOf({ records: [recordWrite('n1')], deletePods: [pod('n1'), pod('n2')] }), {
      replace,
    });
    expect(replaced).toEqual(['n1', 'n2']);
    expect(story.filter((line) => line.startsWith('delete'))).toEqual([]);
  });

  it('has a ConfigMap of ours, which is made with the first edit and goes with its migration', async () => {
    const { client, end } = performing(planOf({ edit: { ...EDIT, resourceVersion: '' } }));
    await end;
    const made = client.sent.find(({ verb }) => verb === 'create');
    expect(made).toMatchObject({
      resource: 'configmaps',
      name: 'kube-proxy',
      body: { data: { 'config.conf': CONFIG }, metadata: { ownerReferences: [{ uid: 'm-uid' }] } },
    });
  });

  it('is not replaced while somebody else was faster to make it', async () => {
    const replaced: string[] = [];
    const replace = ({ node }: { readonly node: string }): void => void replaced.push(node);
    const answer: Answer = ({ verb, resource }) => {
      if (verb === 'create' && resource === 'configmaps') throw refused(409, 'already exists');
      return undefined;
    };
    await performing(planOf({ edit: { ...EDIT, resourceVersion: '' }, deletePods: [pod('n1')] }), { answer, replace })
      .end;
    expect(replaced).toEqual([]);
  });
});
