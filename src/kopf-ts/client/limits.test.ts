import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../testing/fake-api-server.ts';
import { startFixture, WIDGETS, type Fixture } from '../testing/fixture.ts';
import type { Client, Resource } from '../types.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const POD = { name: 'kube-proxy-x', namespace: 'kube-system' };

const flood =
  (status: number, bytes: number): Fault =>
  (_request, response) => {
    response.writeHead(status).end(Buffer.alloc(bytes, 'x'));
    return true;
  };

describe('the client’s limits', () => {
  let fixture: Fixture;
  let client: Client;
  beforeEach(async () => {
    fixture = await startFixture();
    ({ client } = fixture.connection);
  });
  afterEach(() => fixture.close());

  it('cut a log at limitBytes, even if the server does not', async () => {
    fixture.server.faults.push(flood(200, 200_000));
    const guard = (): void => undefined;
    const log = await client.podLog(POD, { container: 'kube-proxy', tailLines: 5, limitBytes: 1000, guard });
    expect(log).toBe('x'.repeat(1000));
    expect(Object.fromEntries(fixture.server.requests[0]?.query ?? [])).toEqual({
      container: 'kube-proxy',
      tailLines: '5',
      limitBytes: '1000',
    });
  });

  it('cut a log at 16 MiB when nothing was asked', async () => {
    fixture.server.faults.push(flood(200, 17 * 1024 * 1024));
    expect(await client.podLog(POD, {})).toHaveLength(16 * 1024 * 1024);
  });

  it('let no object beyond 16 MiB in, and it is not asked for again', async () => {
    fixture.server.faults.push(flood(200, 17 * 1024 * 1024));
    await expect(client.get(WIDGETS, { name: 'a' })).rejects.toMatchObject({
      name: 'ApiError',
      status: 0,
      reason: 'AnswerTooLong',
      message: 'cannot get widgets.example.dev "a" at the cluster scope: the answer is longer than 16777216 bytes',
    });
    expect(fixture.server.requests).toHaveLength(1);
  });

  it('leave it open whether a write with such an answer was carried out', async () => {
    fixture.server.faults.push(flood(201, 17 * 1024 * 1024));
    const writing = client.create(WIDGETS, { metadata: { name: 'a' } });
    await expect(writing).rejects.toMatchObject({ reason: 'AnswerTooLong', outcome: 'unknown' });
  });

  it.each(['', '.', '..', 'a/b', 'a%2fb'])('let nothing out about an object named %j', async (name) => {
    const error = 'nothing was sent';
    await expect(client.get(WIDGETS, { name })).rejects.toThrow(error);
    await expect(client.delete(WIDGETS, { name })).rejects.toThrow(error);
    await expect(client.apply(WIDGETS, { metadata: { name } })).rejects.toThrow(error);
    await expect(client.mergePatch(WIDGETS, { name }, {})).rejects.toThrow(error);
    await expect(client.replace(WIDGETS, { metadata: { name } })).rejects.toThrow(error);
    await expect(client.create(PODS, { metadata: { name: 'a', namespace: name } })).rejects.toThrow(error);
    await expect(client.list(PODS, { namespace: name })).rejects.toThrow(error);
    await expect(client.podLog({ name, namespace: 'a' }, {})).rejects.toThrow(error);
    await expect(client.portForward({ name, namespace: 'a' }, 10249, { timeout: 2000 })).rejects.toThrow(error);
    expect(fixture.server.requests).toEqual([]);
  });
});
