import { TemporaryError, type EventInput } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import type { NodeMigration } from '../api/kinds.ts';
import type { RecordWrite } from '../rollout/decision.ts';
import { recordName, writeRecord } from './record.ts';
import { createFakeClient, refused, type Answer, type FakeClient } from './testing/fake-client.ts';
import { migration, nodeMigration, recordWrite, WHERE } from './testing/facts.ts';

const missing = { resourceVersion: undefined, before: {} };

type Written = { readonly client: FakeClient; readonly events: readonly EventInput[] };

async function write(record: RecordWrite, answer?: Answer): Promise<Written> {
  const client = createFakeClient(answer);
  const events: EventInput[] = [];
  await writeRecord(record, {
    client,
    migration: migration(),
    kubeProxy: WHERE,
    report: async () => undefined,
    event: (event) => void events.push(event),
  });
  return { client, events };
}

/** The NodeMigration is there already; everything else is answered with what was sent, under version 9. */
function taken(found: NodeMigration | undefined): Answer {
  return ({ verb, body }) => {
    if (verb === 'create') throw refused(409);
    if (verb === 'get') return found;
    const { metadata } = body as NodeMigration;
    return { ...(body as NodeMigration), metadata: { ...metadata, resourceVersion: '9' } };
  };
}

describe('recordName', () => {
  it('makes one name of migration and node, also when the node is named by its DNS name', () => {
    expect(recordName('m', 'ip-10-0-0-1.ec2.internal')).toBe('m.ip-10-0-0-1.ec2.internal');
    const fits = 'n'.repeat(251);
    expect(recordName('m', fits)).toBe(`m.${fits}`);
  });

  it('is a name of the API’s, and another for every node, also where there is no room for both', () => {
    const names = ['a', 'b', '.a', '-a'].map((end) => recordName('m'.repeat(63), `${'n.'.repeat(126)}${end}`));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(253);
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    }
  });
});

describe('writeRecord', () => {
  it('applies the status under the version that was observed', async () => {
    const { client } = await write(recordWrite('n1'));
    expect(client.sent).toEqual([
      {
        verb: 'apply',
        resource: 'nodemigrations/status',
        name: 'm.n1',
        namespace: undefined,
        body: {
          apiVersion: 'proxymode.dev/v1alpha1',
          kind: 'NodeMigration',
          metadata: { name: 'm.n1', resourceVersion: '3' },
          status: recordWrite('n1').status,
        },
      },
    ]);
  });

  it('makes a record that is missing, owned by its migration, before its status', async () => {
    const { client } = await write(recordWrite('n1', missing), ({ verb }) =>
      verb === 'create' ? nodeMigration('n1', 'm-uid') : undefined,
    );
    expect(client.story).toEqual(['create nodemigrations m.n1', 'apply nodemigrations/status m.n1']);
    expect(client.sent[0]?.body).toEqual({
      apiVersion: 'proxymode.dev/v1alpha1',
      kind: 'NodeMigration',
      metadata: {
        name: 'm.n1',
        labels: { 'proxymode.dev/migration': 'm' },
        ownerReferences: [
          {
            apiVersion: 'proxymode.dev/v1alpha1',
            kind: 'ProxyModeMigration',
            name: 'm',
            uid: 'm-uid',
            controller: true,
          },
        ],
      },
      spec: { migration: 'm', nodeName: 'n1', nodeUID: 'n1-uid', mode: 'nftables' },
    });
    expect(client.sent[1]?.body).toMatchObject({ metadata: { resourceVersion: '5' } });
  });

  it('goes on with a record that it made by a request whose answer was lost', async () => {
    const { client } = await write(recordWrite('n1', missing), taken(nodeMigration('n1', 'm-uid')));
    expect(client.story).toEqual([
      'create nodemigrations m.n1',
      'get nodemigrations m.n1',
      'apply nodemigrations/status m.n1',
    ]);
    expect(client.sent.at(-1)?.body).toMatchObject({ metadata: { resourceVersion: '5' } });
  });

  it('takes over the record of a node that was re-created under its name', async () => {
    const { client } = await write(recordWrite('n1', missing), taken(nodeMigration('n1', 'm-uid', 'old-uid')));
    expect(client.story.slice(2)).toEqual(['patch nodemigrations m.n1', 'apply nodemigrations/status m.n1']);
    expect(client.sent[2]?.body).toEqual({ metadata: { resourceVersion: '5' }, spec: { nodeUID: 'n1-uid' } });
    expect(client.sent[3]?.body).toMatchObject({ metadata: { resourceVersion: '9' } });
  });

  it.each([
    ['belongs to a deleted migration of the same name', nodeMigration('n1', 'an older uid')],
    ['has no owner', { ...nodeMigration('n1', ''), metadata: { name: 'm.n1' } }],
    ['is gone when it is looked for', undefined],
  ])('waits while the record under its name %s', async (_, found) => {
    const end = write(recordWrite('n1', missing), taken(found));
    await expect(end).rejects.toThrow(TemporaryError);
    await expect(end).rejects.toMatchObject({ delay: 1000, message: expect.stringContaining('m.n1') as string });
  });

  it('ends the pass on a status that has changed meanwhile, on a right that is missing, and tells nothing then', async () => {
    for (const status of [409, 403]) {
      const end = write(recordWrite('n1'), () => {
        throw refused(status);
      });
      await expect(end).rejects.toMatchObject({ status });
    }
    const create = write(recordWrite('n1', missing), () => {
      throw refused(403);
    });
    await expect(create).rejects.toMatchObject({ status: 403 });
  });

  it('tells an event only when the phase has changed', async () => {
    expect((await write(recordWrite('n1'))).events).toHaveLength(1);
    const same = recordWrite('n1', { before: { phase: 'Switching', message: 'other words' } });
    expect((await write(same)).events).toEqual([]);
  });
});
