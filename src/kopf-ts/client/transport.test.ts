import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../testing/fake-api-server.ts';
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
