import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { open, type Line } from './ask.ts';
import { createFakeClient, refused } from './testing/fake-client.ts';
import { fakeKubeProxy, metricsText, type FakeKubeProxy } from './testing/fake-kube-proxy.ts';

const NOW = Date.UTC(2027, 0, 1);
const POD = { name: 'kube-proxy-a', namespace: 'kube-system' };

afterEach(() => {
  vi.restoreAllMocks();
});

type Asking = { readonly kubeProxy: FakeKubeProxy; readonly line: Line };

async function asking(handler?: FakeKubeProxy['handler']): Promise<Asking> {
  const kubeProxy = fakeKubeProxy();
  kubeProxy.handler = handler;
  const client = createFakeClient(() => kubeProxy.dial());
  return { kubeProxy, line: await open(client, POD, 10249, new AbortController().signal) };
}

describe('open', () => {
  it('opens one stream to the pod’s port, with a deadline, for as long as it is wanted', async () => {
    const { signal } = new AbortController();
    const client = createFakeClient(() => fakeKubeProxy().dial());
    await open(client, POD, 10999, signal);
    expect(client.sent).toEqual([
      { verb: 'forward', resource: 'pods', ...POD, body: { port: 10999, timeout: 5000, signal } },
    ]);
  });

  it('rejects with what the API server said', async () => {
    const forbidden = refused(403, 'cannot create pods/portforward');
    const client = createFakeClient(() => {
      throw forbidden;
    });
    await expect(open(client, POD, 10249, new AbortController().signal)).rejects.toBe(forbidden);
  });
});

describe('a reading', () => {
  it('is what a real kube-proxy says', async () => {
    const { kubeProxy, line } = await asking();
    kubeProxy.mode = 'nftables';
    kubeProxy.metrics = readFixture('metrics/nftables-1.36.txt');
    const { reading, page } = await line.read(NOW);
    expect(page.length).toBeLessThan(4000);
    expect(page).toContain('process_start_time_seconds');
    expect(reading).toMatchObject({ at: NOW, mode: 'nftables', version: 'v1.36.3', syncFailures: 0 });
    expect(Object.keys(reading.lastSync).toSorted()).toEqual(['IPv4', 'IPv6']);
    expect(reading.lastSync['IPv4']).toBeGreaterThan(reading.processStart ?? Infinity);
    expect(new Date(reading.processStart ?? 0).getUTCFullYear()).toBeGreaterThan(2020);
  });

  it('follows another over the same stream, one request after the other', async () => {
    const { kubeProxy, line } = await asking();
    await line.read(NOW);
    kubeProxy.mode = 'ipvs\n';
    expect((await line.read(NOW + 1)).reading.mode).toBe('ipvs');
    await line.read(NOW + 2);
    const twice = ['/proxyMode', '/metrics'];
    expect(kubeProxy.asked).toEqual([...twice, ...twice, ...twice]);
    expect([kubeProxy.ends.length, kubeProxy.open, kubeProxy.interleaved]).toEqual([1, 1, 0]);
  });

  it('waits for the end of an answer that comes in pieces', async () => {
    const pieces = async (response: ServerResponse, text: string): Promise<void> => {
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.from([byte]));
        await setImmediate();
      }
      response.end();
    };
    const { kubeProxy, line } = await asking(({ url }, response) => {
      void pieces(response, url === '/proxyMode' ? 'nftäbles' : metricsText());
    });
    expect((await line.read(NOW)).reading).toMatchObject({ mode: 'nftäbles', version: 'v1.36.3' });
    expect(kubeProxy.interleaved).toBe(0);
  });

  it('takes a /metrics that says nothing for what it is', async () => {
    const { kubeProxy, line } = await asking();
    kubeProxy.metrics = '';
    expect((await line.read(NOW)).reading).toEqual({
      at: NOW,
      mode: 'iptables',
      version: undefined,
      processStart: undefined,
      lastSync: {},
      syncFailures: 0,
    });
  });

  it('is bounded, whatever a node says', async () => {
    const { kubeProxy, line } = await asking();
    kubeProxy.mode = 'm'.repeat(1000);
    kubeProxy.metrics = 'process_start_time_seconds 1e300';
    expect((await line.read(NOW)).reading).toMatchObject({ mode: 'm'.repeat(32), processStart: undefined });
  });
});

describe('a line that cannot be read', () => {
  const failures: readonly (readonly [string, FakeKubeProxy['handler'], RegExp])[] = [
    ['HTTP 404', (_request, response) => response.writeHead(404).end('no'), /^\/proxyMode answered HTTP 404$/],
    ['HTTP 503', (_request, response) => response.writeHead(503).end(), /^\/proxyMode answered HTTP 503$/],
    [
      'a redirection',
      (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /^\/proxyMode answered HTTP 302$/,
    ],
    [
      'an error only on /metrics',
      ({ url }, response) => response.writeHead(url === '/metrics' ? 500 : 200).end('iptables'),
      /^\/metrics answered HTTP 500$/,
    ],
    [
      'an answer that breaks off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('ipta');
        void setImmediate().then(() => request.socket.destroy());
      },
      /aborted|closed before \/proxyMode was answered/,
    ],
    [
      'a chunked answer that breaks off',
      (request, response) => {
        response.write('ipta');
        void setImmediate().then(() => request.socket.destroy());
      },
      /aborted|closed before \/proxyMode was answered/,
    ],
    ['no answer at all', (request) => request.socket.destroy(), /hang up|closed before \/proxyMode was answered/],
    ['junk', (request) => request.socket.end('\u0000\u0001 this is not HTTP\r\n\r\n'), /Parse Error/],
    [
      'more than 4 MiB',
      (_request, response) => response.end(Buffer.alloc(4 * 1024 * 1024 + 1, 'x')),
      /^\/proxyMode answered more than 4194304 bytes$/,
    ],
    [
      'a stream of text without end',
      (_request, response) => {
        const more = (): void => {
          if (response.destroyed) return;
          response.write(Buffer.alloc(65_536, 'x'));
          void setImmediate().then(more);
        };
        more();
      },
      /^\/proxyMode answered more than 4194304 bytes$/,
    ],
  ];

  it.each(failures)('because of %s says so, and is closed', async (_, handler, message) => {
    const { kubeProxy, line } = await asking(handler);
    await expect(line.read(NOW)).rejects.toThrow(message);
    await setImmediate();
    expect(kubeProxy.open).toBe(0);
  });

  it('because of silence is given up after five seconds', async () => {
    const patience = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
    const { kubeProxy, line } = await asking(() => patience.abort());
    await expect(line.read(NOW)).rejects.toThrow('/proxyMode did not answer within 5 s');
    expect(timeout).toHaveBeenCalledWith(5000);
    await setImmediate();
    expect(kubeProxy.open).toBe(0);
  });

  it('because the kubelet reports an error says what it said', async () => {
    const kubeProxy = fakeKubeProxy();
    const stream = kubeProxy.dial();
    const line = await open(
      createFakeClient(() => stream),
      POD,
      10249,
      new AbortController().signal,
    );
    kubeProxy.handler = () => stream.destroy(new Error('lost connection to pod'));
    await expect(line.read(NOW)).rejects.toThrow('lost connection to pod');
  });

  it.each<[string, (kubeProxy: FakeKubeProxy) => void]>([
    ['went with its process', (kubeProxy) => kubeProxy.ends[0]?.destroy()],
    ['was ended by the other side', (kubeProxy) => kubeProxy.ends[0]?.end()],
  ])('because it %s meanwhile is noticed at once', async (_, end) => {
    const { kubeProxy, line } = await asking();
    await line.read(NOW);
    end(kubeProxy);
    await setImmediate();
    await expect(line.read(NOW)).rejects.toThrow();
  });

  it('because it was closed is not read any more', async () => {
    const { kubeProxy, line } = await asking();
    await line.read(NOW);
    line.close();
    await setImmediate();
    expect(kubeProxy.open).toBe(0);
    await expect(line.read(NOW)).rejects.toThrow();
  });

  it('because the server wants a new connection for every request is not waited for', async () => {
    const { line } = await asking((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end('iptables');
    });
    await expect(line.read(NOW)).rejects.toThrow();
  });
});
