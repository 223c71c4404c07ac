import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { chooseCluster } from './kubeconfig.ts';

const TEXT = `apiVersion: v1
kind: Config
clusters:
- { name: one, cluster: { server: https://one.example:6443 } }
- { name: two, cluster: { server: https://two.example:6443 } }
users:
- { name: me, user: { token: secret } }
contexts:
- { name: first, context: { cluster: one, user: me } }
- { name: second, context: { cluster: two, user: me } }
- { name: broken, context: { cluster: gone, user: me } }
current-context: first
`;

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxymode-kubeconfig-'));
  path = join(folder, 'config');
  writeFileSync(path, TEXT);
  writeFileSync(join(folder, 'broken'), 'clusters: {');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('chooseCluster', () => {
  it('takes the current context', () => {
    expect(chooseCluster({ kubeconfig: path })).toMatchObject({ server: 'https://one.example:6443', context: 'first' });
  });

  it('takes the context that is asked for', () => {
    expect(chooseCluster({ kubeconfig: path, context: 'second' })).toMatchObject({
      server: 'https://two.example:6443',
      context: 'second',
    });
  });

  it('names the contexts there are when there is no such one', () => {
    expect(() => chooseCluster({ kubeconfig: path, context: 'third' })).toThrow(
      new CommandError('the kubeconfig has no context "third"; it has: first, second, broken'),
    );
  });

  it('says so when the context leads nowhere', () => {
    expect(() => chooseCluster({ kubeconfig: path, context: 'broken' })).toThrow('no cluster to look at');
  });

  it.each(['missing', 'broken'])('says in a sentence that a file cannot be read: %s', (name) => {
    expect(() => chooseCluster({ kubeconfig: join(folder, name) })).toThrow(/^the kubeconfig cannot be read: [^\n]+$/);
  });
});
