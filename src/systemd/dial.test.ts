import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Client } from 'kopf-ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { createSshShell } from '../node/ssh-shell.ts';
import { generateKey, startSshServer } from '../node/testing/ssh-server.ts';
import { open } from '../operator/ask.ts';
import { asPortForward, dialHost } from './dial.ts';

describe('dialHost', () => {
  it.each([
    ['', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['192.168.12.3', '192.168.12.3'],
  ])('of %j is %s', (metricsHost, expected) => {
    expect(dialHost(metricsHost)).toBe(expected);
  });
});

describe('asPortForward', () => {
  it('lets the operator ask a kube-proxy through SSH as it asks a pod', async () => {
    const asked: string[] = [];
    const kubeProxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(request.url === '/proxyMode' ? 'nftables' : readFixture('metrics/nftables-1.36.txt'));
    });
    kubeProxy.listen(0, '127.0.0.1');
    await once(kubeProxy, 'listening');
    onTestFinished(() => void kubeProxy.close());
    const [hostKey, userKey] = [generateKey(), generateKey()];
    const sshd = await startSshServer({ hostKeys: [hostKey], authorized: userKey, forwarding: true });
    onTestFinished(() => sshd.close());
    const shell = createSshShell('n1', {
      host: '127.0.0.1',
      port: sshd.port,
      user: 'root',
      privateKey: userKey.private,
      knownHosts: `[127.0.0.1]:${sshd.port} ${hostKey.public}\n`,
      sudo: false,
    });
    onTestFinished(() => shell.close());
    const { port } = kubeProxy.address() as AddressInfo;
    const client = asPortForward(shell.dial, '0.0.0.0') as unknown as Client;
    const line = await open(client, { name: 'kube-proxy.service', namespace: '' }, port, new AbortController().signal);
    const now = Date.UTC(2027, 0, 1);
    expect((await line.read(now)).reading).toMatchObject({ mode: 'nftables', version: 'v1.36.3', at: now });
    expect((await line.read(now)).reading).toMatchObject({ mode: 'nftables' });
    expect(asked).toEqual(['/proxyMode', '/metrics', '/proxyMode', '/metrics']);
    line.close();
  });
});
