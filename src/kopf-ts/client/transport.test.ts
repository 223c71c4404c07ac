import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApiServer, type Fault, type FakeApiServer } from '../testing/fake-api-server.ts';
import type { RequestSpec } from './request.ts';
import { createTransport, type Transport } from './transport.ts';

const never = new AbortController().signal;
const spec: RequestSpec = {
  verb: 'get',
  resource: 'widgets',
  place: '"a"',
  method: 'GET',
  path: '/apis/example.dev/v1/widgets/a',
  repeat: 'never',
};

/** Sends for as long as somebody reads. */
const endless =
  (status: number, hungUp: () => void): Fault =>
  (_request, response) => {
    const chunk = 'x'.repeat(64 * 1024);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) continue;
    };
    response.writeHead(status).on('drain', more).on('close', hungUp);
    more();
    return true;
  };

describe('one request', () => {
  let server: FakeApiServer;
  let dispatcher: Agent;
  let renewed: number;
  beforeEach(async () => {
    server = await startFakeApiServer();
    dispatcher = new Agent();
    renewed = 0;
  });
  afterEach(async () => {
    await dispatcher.destroy();
    await server.close();
  });
  function transport(url: string): Transport {
    const current = (
      renew = false,
    ): Promise<{ server: URL; headers: Record<string, string>; socketOptions: object; dispatcher: Agent }> => {
      if (renew) renewed += 1;
      return Promise.resolve({ server: new URL(url), headers: {}, socketOptions: {}, dispatcher });
    };
    const source = { current, close: () => Promise.resolve(), destroy: () => undefined };
    return createTransport(source, 'test/1', never);
  }

  it('ends after its time-out when the server accepts it and never answers', async () => {
    server.faults.push(() => true);
    const attempt = await transport(server.url).send({ ...spec, timeout: 30 });
    expect(attempt).toMatchObject({
      kind: 'no-reply',
      code: 'Timeout',
      sent: true,
      aborted: false,
      message: 'no answer within 30 ms',
    });
  });

  it('ends after its time-out when the answer begins and does not end', async () => {
    server.faults.push((_request, response) => {
      response.writeHead(200).write('{"metadata":');
      return true;
    });
    expect(await transport(server.url).send({ ...spec, timeout: 30 })).toMatchObject({
      kind: 'no-reply',
      code: 'Timeout',
    });
  });

  it('knows when a request never left', async () => {
    const { url } = server;
    await server.close();
    expect(await transport(url).send(spec)).toMatchObject({ kind: 'no-reply', code: 'ECONNREFUSED', sent: false });
  });

  it('keeps the path in front of the API, as Rancher’s and other gateways’ URLs have one', async () => {
    await transport(`${server.url}/k8s/clusters/c-1/`).send(spec);
    expect(server.requests[0]?.path).toContain('/k8s/clusters/c-1');
  });

  it.each([
    ['fails when it is longer than it may be', {}, { kind: 'no-reply', code: 'AnswerTooLong', sent: true }],
    ['is cut where that is asked for', { mayCut: true }, { kind: 'reply', status: 200, text: 'x'.repeat(100_000) }],
  ])('an answer %s, and the rest is not read', async (_what, how, expected) => {
    const hungUp = Promise.withResolvers<void>();
    server.faults.push(endless(200, hungUp.resolve));
    const attempt = await transport(server.url).send({ ...spec, ...how, limitBytes: 100_000 });
    expect(attempt).toMatchObject(expected);
    await hungUp.promise;
  });

  it('a refusal stays one, however long it is', async () => {
    const hungUp = Promise.withResolvers<void>();
    server.faults.push(endless(403, hungUp.resolve));
    expect(await transport(server.url).send({ ...spec, limitBytes: 10 })).toMatchObject({ kind: 'reply', status: 403 });
    await hungUp.promise;
  });

  it('works on after an answer that was not read to its end', async () => {
    server.faults.push(endless(200, () => undefined));
    const sender = transport(server.url);
    await sender.send({ ...spec, limitBytes: 10 });
    server.faults.length = 0;
    expect(await sender.send(spec)).toMatchObject({ kind: 'reply', status: 404 });
  });

  it('asks for fresh credentials after a 401, once', async () => {
    server.faults.push((_request, response) => {
      response.writeHead(401).end('{}');
      return true;
    });
    expect(await transport(server.url).send(spec)).toMatchObject({ kind: 'reply', status: 401 });
    expect(renewed).toBe(1);
    expect(server.requests).toHaveLength(2);
  });
});
