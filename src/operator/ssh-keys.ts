// What SSH needs to know a node and be known to it: a key from a Secret, host keys from a ConfigMap, both in the operator's own namespace.
import type { Client, KubeObject, Resource } from 'kopf-ts';
import type { NodeAccess } from '../api/node-access.ts';
import type { SshSettings } from '../node/ssh-settings.ts';
import { CONFIG_MAPS } from './resources.ts';

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };
const SECRETS: Resource<Secret> = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };

export type SshAccess = NonNullable<NodeAccess['ssh']>;

/** Rejects with a sentence that names the object and the key that are missing. Read anew each time: keys are rotated. */
export async function sshSettings(
  client: Pick<Client, 'get'>,
  namespace: string,
  host: string,
  { user, port, sudo, secretRef, knownHosts, jump }: SshAccess,
): Promise<SshSettings> {
  const secret = await client.get(SECRETS, { namespace, name: secretRef.name });
  const inSecret = (key: string): string => {
    const value = secret?.data?.[key];
    if (value === undefined) throw new Error(missing('Secret', namespace, secretRef.name, key));
    return Buffer.from(value, 'base64').toString('utf8');
  };
  const hosts = await client.get(CONFIG_MAPS, { namespace, name: knownHosts.name });
  const known = hosts?.data?.[knownHosts.key];
  if (known === undefined) throw new Error(missing('ConfigMap', namespace, knownHosts.name, knownHosts.key));
  return {
    host,
    port,
    user,
    sudo,
    privateKey: inSecret(secretRef.key),
    ...(secretRef.passphraseKey === undefined ? {} : { passphrase: inSecret(secretRef.passphraseKey) }),
    knownHosts: known,
    ...(jump === undefined ? {} : { jump }),
  };
}

function missing(kind: string, namespace: string, name: string, key: string): string {
  return `${kind} ${namespace}/${name} with the key ${key} is missing: spec.nodeAccess.ssh names it`;
}
