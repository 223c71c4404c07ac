import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionDestroyed } from '../errors.ts';
import { send, statusAnswer, type Fault } from '../testing/fake-api-server.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture } from '../testing/fixture.ts';
import { until } from '../testing/until.ts';
import type { Client, Resource } from '../types.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

/** Deals with the first `count` requests of that method. */
function first(count: number, method: string, fault: Fault): Fault {
  let left = count;
  return (request, response, carryOut) => {
    if (request.method !== method || left === 0) return false;
    left -= 1;
    return fault(request, response, carryOut);
  };
}

const reset: Fault = (_request, response) => {
  response.destroy();
  return true;
};
/** The write is carried out, its answer is lost. */
const loseAnswer: Fault = (_request, response, carryOut) => {
  carryOut();
  response.destroy();
  return true;
};
const answer =
  (status: number, reason: string, headers: Record<string, string> = {}): Fault =>
  (_request, response) => {
    send(response, statusAnswer(status, reason, `because of ${reason}`), headers);
    return true;
  };

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

describe('the client', () => {
  let clock: FakeClock;
  let fixture: Fixture;
  let client: Client;
  beforeEach(async () => {
    clock = createFakeClock();
    fixture = await startFixture(clock);
    client = fixture.connection.client;
  });
  afterEach(() => fixture.close());

  const requests = (): number => fixture.server.requests.length;
  /** Lets retries happen: moves the clock whenever somebody sleeps on it. */
  async function patiently<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    promise.then(
      () => (over = true),
      () => (over = true),
    );
    await clock.advanceUntil(() => over, 1000);
    return promise;
  }

  describe('speaks the protocol', () => {
    it('reads a missing object as undefined', async () => {
      expect(await client.get(WIDGETS, { name: 'nope' })).toBeUndefined();
    });

    it('lists in pages, projecting every object and naming its type', async () => {
      for (let index = 0; index < 7; index++) fixture.widget(`w${index}`, { spec: { size: index } });
      const { items, resourceVersion } = await client.list(WIDGETS, {
        pageSize: 3,
        project: (object) => ({ kind: object.kind ?? '', metadata: { name: object.metadata.name } }),
      });
      expect(items).toHaveLength(7);
      expect(items[6]).toEqual({ kind: 'Widget', metadata: { name: 'w6' } });
      expect(resourceVersion).toBe(String(fixture.server.objects.version));
      expect(fixture.server.requests.map(({ query }) => query.get('continue'))).toEqual([null, '3', '6']);
    });

    it('weighs its pages: few heavy objects, many light ones', async () => {
      const limits = async (padding: number): Promise<(string | null)[]> => {
        for (let index = 0; index < 700; index++)
          fixture.widget(`w${index}`, {
            metadata: { name: `w${index}`, annotations: { padding: 'x'.repeat(padding) } },
          });
        const before = requests();
        expect((await client.list(WIDGETS)).items).toHaveLength(700);
        return fixture.server.requests.slice(before).map(({ query }) => query.get('limit'));
      };
      expect(await limits(10)).toEqual(['100', '500', '500']);
      const heavy = await limits(60_000);
      expect(heavy[0]).toBe('100');
      expect(Number(heavy[1])).toBeLessThan(100);
    });

    it('applies on the server with field manager, force and its own content type', async () => {
      await client.apply(WIDGETS, { metadata: { name: 'a' }, status: { size: 1 } }, { subresource: 'status' });
      const [request] = fixture.server.requests;
      expect(request).toMatchObject({
        method: 'PATCH',
        path: `${WIDGET_PATH}/a`,
        subresource: 'status',
        body: { apiVersion: 'example.dev/v1', kind: 'Widget' },
      });
      expect(request?.headers['content-type']).toBe('application/apply-patch+yaml');
      expect(Object.fromEntries(request?.query ?? [])).toEqual({ fieldManager: 'test', force: 'true' });
    });

    it('sends merge patches as such, and who it is', async () => {
      fixture.widget('a');
      await client.mergePatch(WIDGETS, { name: 'a' }, { spec: { size: 2 } });
      const headers = fixture.server.requests[0]?.headers ?? {};
      expect(headers['content-type']).toBe('application/merge-patch+json');
      expect(headers['user-agent']).toBe('test/1');
      expect(headers.authorization).toBe('Bearer secret');
    });

    it('keeps its connections for the requests that follow', async () => {
      const sockets = new Set<unknown>();
      fixture.server.faults.push((_request, response) => {
        sockets.add(response.socket);
        return false;
      });
      for (let round = 0; round < 20; round++) await client.get(WIDGETS, { name: 'a' });
      // undici may open a second one while the first is still being handed back.
      expect(sockets.size).toBeLessThanOrEqual(2);
    });
  });

  describe('deletes', () => {
    it('harmlessly: a missing object, or another uid under the name, is gone', async () => {
      fixture.widget('a');
      expect(await client.delete(WIDGETS, { name: 'nope' })).toBe('gone');
      expect(await client.delete(WIDGETS, { name: 'a' }, { uid: 'another' })).toBe('gone');
      expect(fixture.server.objects.get(`${WIDGET_PATH}/a`)).toBeDefined();
      expect(await client.delete(WIDGETS, { name: 'a' })).toBe('deleted');
    });

    it('reports a conflict that has nothing to do with the uid', async () => {
      const { metadata } = fixture.widget('a');
      fixture.server.faults.push(first(1, 'DELETE', answer(409, 'Conflict')));
      const error = await failure(client.delete(WIDGETS, { name: 'a' }, { uid: metadata.uid ?? '' }));
      expect(error).toMatchObject({ status: 409, outcome: 'refused' });
    });

    it('repeats a delete with a uid when the answer was lost, and finds the object gone', async () => {
      const { metadata } = fixture.widget('a');
      fixture.server.faults.push(first(1, 'DELETE', loseAnswer));
      expect(await patiently(client.delete(WIDGETS, { name: 'a' }, { uid: metadata.uid ?? '' }))).toBe('gone');
      expect(requests()).toBe(2);
    });

    it('does not repeat a delete without a uid when the answer was lost', async () => {
      fixture.widget('a');
      fixture.server.faults.push(first(1, 'DELETE', loseAnswer));
      expect(await failure(client.delete(WIDGETS, { name: 'a' }))).toMatchObject({ outcome: 'unknown' });
      expect(requests()).toBe(1);
    });
  });

  describe('repeats what may be repeated', () => {
    const get = (): Promise<unknown> => client.get(WIDGETS, { name: 'a' });
    const apply = (): Promise<unknown> => client.apply(WIDGETS, { metadata: { name: 'a' } });
    const patch = (): Promise<unknown> =>
      client.mergePatch(WIDGETS, { name: 'a' }, { metadata: { resourceVersion: '101' } });
    const create = (): Promise<unknown> => client.create(WIDGETS, { metadata: { name: 'new' } });
    const busy = answer(429, 'TooManyRequests', { 'retry-after': '1' });
    const unavailable = answer(503, 'ServiceUnavailable', { 'retry-after': '1' });

    it.each([
      ['a read after 429', 'GET', busy, get],
      ['a read after 500', 'GET', answer(500, 'InternalError'), get],
      ['a read after 504', 'GET', answer(504, 'Timeout'), get],
      ['a read after a reset', 'GET', reset, get],
      ['an apply after a lost answer', 'PATCH', loseAnswer, apply],
      ['an apply after 500', 'PATCH', answer(500, 'InternalError'), apply],
      ['a conditional patch after 429', 'PATCH', busy, patch],
      ['a create after 429', 'POST', busy, create],
      ['a create after 503 with Retry-After', 'POST', unavailable, create],
    ])('%s', async (_what, method, fault, request) => {
      fixture.widget('a');
      fixture.server.faults.push(first(2, method, fault));
      await patiently(request());
      expect(requests()).toBe(3);
    });

    it.each([
      ['a conditional patch after a lost answer', 'PATCH', loseAnswer, patch],
      ['a conditional patch after 500', 'PATCH', answer(500, 'InternalError'), patch],
      ['a create after a lost answer', 'POST', loseAnswer, create],
      ['a create after 503 without Retry-After', 'POST', answer(503, 'ServiceUnavailable'), create],
    ])('but not %s: nobody knows whether it was carried out', async (_what, method, fault, request) => {
      fixture.widget('a');
      fixture.server.faults.push(first(1, method, fault));
      expect(await failure(request())).toMatchObject({ outcome: 'unknown' });
      expect(requests()).toBe(1);
    });

    it('waits as long as Retry-After says, and longer waits are left to the caller', async () => {
      fixture.server.faults.push(first(1, 'GET', busy));
      let done = false;
      void get().then(() => (done = true));
      await until(() => clock.sleepers === 1);
      await clock.advance(999);
      expect(done).toBe(false);
      await clock.advance(1);
      await until(() => done);
      fixture.server.faults.push(first(1, 'GET', answer(429, 'TooManyRequests', { 'retry-after': '60' })));
      expect(await failure(get())).toMatchObject({ status: 429, retryAfter: 60_000 });
    });

    it('gives up after five attempts', async () => {
      fixture.server.faults.push(first(100, 'GET', answer(500, 'InternalError')));
      expect(await failure(patiently(get()))).toMatchObject({
        status: 500,
        reason: 'InternalError',
        outcome: 'refused',
      });
      expect(requests()).toBe(5);
    });

    it('renews credentials once when they are refused, whatever the verb', async () => {
      fixture.server.faults.push(first(1, 'POST', answer(401, 'Unauthorized')));
      await create();
      fixture.server.faults.push(first(9, 'POST', answer(401, 'Unauthorized')));
      expect(await failure(client.create(WIDGETS, { metadata: { name: 'other' } }))).toMatchObject({
        status: 401,
        outcome: 'refused',
      });
      expect(requests()).toBe(4);
    });

    it('sends again what never left, even a create', async () => {
      await fixture.server.close();
      const error = await failure(patiently(create()));
      expect(error).toMatchObject({ status: 0, reason: 'ECONNREFUSED', outcome: 'refused' });
    });
  });

  describe('says what went wrong', () => {
    it('names verb, resource, name and namespace, and the server’s own words', async () => {
      fixture.server.faults.push(answer(403, 'Forbidden'));
      const error = await failure(client.delete(PODS, { name: 'kube-proxy-x', namespace: 'kube-system' }));
      expect(error.message).toBe(
        'cannot delete pods "kube-proxy-x" in namespace "kube-system": Forbidden: because of Forbidden',
      );
      expect(error).toMatchObject({
        verb: 'delete',
        resource: 'pods',
        status: 403,
        reason: 'Forbidden',
        outcome: 'refused',
      });
    });

    it('speaks of subresources and cluster scope as RBAC does', async () => {
      fixture.server.faults.push(answer(403, 'Forbidden'));
      const error = await failure(client.apply(WIDGETS, { metadata: { name: 'a' } }, { subresource: 'status' }));
      expect(error.message).toMatch(/^cannot patch widgets\.example\.dev\/status "a" at the cluster scope: /);
    });

    it('copes with answers that are no Status', async () => {
      fixture.server.faults.push((_request, response) => {
        response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here</html>');
        return true;
      });
      expect(await failure(client.list(WIDGETS))).toMatchObject({ status: 404, reason: 'HTTP 404' });
    });

    it('does not take a page of a proxy for the object', async () => {
      fixture.server.faults.push((_request, response) => {
        response.writeHead(200).end('<html>');
        return true;
      });
      expect(await failure(client.create(WIDGETS, { metadata: { name: 'a' } }))).toMatchObject({
        reason: 'InvalidBody',
        outcome: 'unknown',
      });
    });
  });

  it('ends a request in flight with the signal, and cannot tell what became of the write', async () => {
    fixture.server.faults.push(() => true);
    const abort = new AbortController();
    const writing = failure(client.create(WIDGETS, { metadata: { name: 'a' } }, { signal: abort.signal }));
    await until(() => requests() === 1);
    abort.abort(new Error('no more'));
    expect(await writing).toMatchObject({ reason: 'Aborted', outcome: 'unknown' });
  });

  it('lets nothing out any more once it is destroyed, and ends what is under way', async () => {
    fixture.server.faults.push(() => true);
    const reading = client.get(WIDGETS, { name: 'a' });
    await until(() => requests() === 1);
    fixture.connection.destroy();
    await expect(reading).rejects.toThrow(ConnectionDestroyed);
    await expect(client.get(WIDGETS, { name: 'a' })).rejects.toThrow(ConnectionDestroyed);
    expect(requests()).toBe(1);
  });

  it('counts requests and failures as client-go does', async () => {
    await client.get(WIDGETS, { name: 'a' });
    fixture.server.faults.push(first(1, 'POST', reset));
    await failure(client.create(WIDGETS, { metadata: { name: 'a' } }));
    const metrics = await fixture.connection.registry.metrics();
    const host = new URL(fixture.server.url).host;
    expect(metrics).toContain(`rest_client_requests_total{code="404",method="GET",host="${host}"} 1`);
    expect(metrics).toContain(`rest_client_requests_total{code="<error>",method="POST",host="${host}"} 1`);
    expect(metrics).toContain(`rest_client_request_duration_seconds_count{verb="GET",host="${host}"} 1`);
  });
});
