import { describe, expect, it } from 'vitest';
import { nodeAccess } from '../api/node-access.ts';
import { sshSettings } from './ssh-keys.ts';
import { createFakeClient } from './testing/fake-client.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
const { ssh } = nodeAccess.parse({
  type: 'SSH',
  ssh: { secretRef: { name: 'nodes-ssh', passphraseKey: 'phrase' }, knownHosts: { name: 'nodes-known-hosts' } },
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function settings(secret: object | undefined, hosts: object | undefined): ReturnType<typeof sshSettings> {
  const client = createFakeClient(({ resource }) => (resource === 'secrets' ? secret : hosts));
  if (ssh === undefined) throw new Error('the schema has dropped ssh');
  return sshSettings(client, 'proxymode', '10.0.0.7', ssh);
}

const SECRET = { metadata: { name: 's' }, data: { 'ssh-privatekey': base64(KEY), phrase: base64('open') } };
const HOSTS = { metadata: { name: 'h' }, data: { known_hosts: '10.0.0.7 ssh-ed25519 AAAA\n' } };

describe('what SSH needs to know', () => {
  it('comes from a Secret and a ConfigMap, with the defaults of the schema', async () => {
    expect(await settings(SECRET, HOSTS)).toEqual({
      host: '10.0.0.7',
      port: 22,
      user: 'root',
      sudo: false,
      privateKey: KEY,
      passphrase: 'open',
      knownHosts: '10.0.0.7 ssh-ed25519 AAAA\n',
    });
  });

  it.each([
    ['the Secret', undefined, HOSTS, 'Secret proxymode/nodes-ssh with the key ssh-privatekey'],
    ['a key of the Secret', { ...SECRET, data: { phrase: '' } }, HOSTS, 'the key ssh-privatekey is missing'],
    ['the ConfigMap', SECRET, undefined, 'ConfigMap proxymode/nodes-known-hosts with the key known_hosts'],
    ['the key of the ConfigMap', SECRET, { ...HOSTS, data: {} }, 'the key known_hosts is missing'],
  ])('is named when it is not there: %s', async (_, secret, hosts, message) => {
    await expect(settings(secret, hosts)).rejects.toThrow(message);
  });
});
