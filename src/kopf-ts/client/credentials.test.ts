import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createCredentialSource } from './credentials.ts';

function config(server: string, user: Record<string, unknown> = {}, skipTLSVerify = true): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify }, { name: 'u', ...user });
  return kubeConfig;
}

describe('credentials', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kopf-ts-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('come with one dispatcher for as long as the TLS material is the same', async () => {
    const clock = createFakeClock();
    const source = createCredentialSource(async () => config('https://api:6443', { token: 'a' }), clock);
    const first = await source.current();
    await clock.advance(60_000);
    const later = await source.current();
    expect(later.dispatcher).toBe(first.dispatcher);
    expect(later.headers).toEqual({ Authorization: 'Bearer a' });
    source.destroy();
  });

  it('follow a rotated client certificate with a new dispatcher', async () => {
    const clock = createFakeClock();
    const certFile = join(folder, 'tls.crt');
    await writeFile(certFile, 'one');
    const source = createCredentialSource(async () => config('https://api:6443', { certFile }), clock);
    const first = await source.current();
    await writeFile(certFile, 'two');
    expect((await source.current()).dispatcher).toBe(first.dispatcher);
    await clock.advance(10_000);
    expect((await source.current()).dispatcher).not.toBe(first.dispatcher);
    source.destroy();
  });

  it('are asked for again at once when the server has refused them', async () => {
    let token = 0;
    const kubeConfig = config('https://api:6443', { authProvider: { name: 'counting', config: {} } });
    kubeConfig.addAuthenticator({
      isAuthProvider: (user) => user.authProvider?.name === 'counting',
      applyAuthentication: async (_user, options) => {
        token += 1;
        Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` });
      },
    });
    const source = createCredentialSource(async () => kubeConfig, createFakeClock());
    const tokens = [await source.current(), await source.current(), await source.current(true), await source.current()];
    expect(tokens.map(({ headers }) => headers['Authorization'])).toEqual([
      'Bearer 1',
      'Bearer 1',
      'Bearer 2',
      'Bearer 2',
    ]);
    source.destroy();
  });

  it('include a user name and password', async () => {
    const source = createCredentialSource(
      async () => config('http://api', { username: 'me', password: 'pw' }),
      createFakeClock(),
    );
    expect((await source.current()).headers).toEqual({
      Authorization: `Basic ${Buffer.from('me:pw').toString('base64')}`,
    });
    source.destroy();
  });

  it('refuse plain http unless the kubeconfig says that it is meant, and try again next time', async () => {
    let asked = 0;
    const source = createCredentialSource(async () => {
      asked += 1;
      return config('http://api', {}, false);
    }, createFakeClock());
    await expect(source.current()).rejects.toThrow('skipTLSVerify');
    await expect(source.current()).rejects.toThrow('skipTLSVerify');
    expect(asked).toBe(1);
  });

  it('go through a proxy that the kubeconfig names', async () => {
    const kubeConfig = config('https://api:6443');
    Object.assign(kubeConfig.clusters[0] ?? {}, { proxyUrl: 'http://proxy:3128' });
    const source = createCredentialSource(async () => kubeConfig, createFakeClock());
    const access = await source.current();
    expect(access.dispatcher.constructor.name).toBe('ProxyAgent');
    expect(access.socketOptions.agent).toBeDefined();
    source.destroy();
  });

  it('go through a SOCKS proxy too', async () => {
    const kubeConfig = config('https://api:6443');
    Object.assign(kubeConfig.clusters[0] ?? {}, { proxyUrl: 'socks5://proxy:1080' });
    const source = createCredentialSource(async () => kubeConfig, createFakeClock());
    expect((await source.current()).dispatcher.constructor.name).toBe('Agent');
    source.destroy();
  });
});
