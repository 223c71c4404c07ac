// Kubeconfigs, as JSON: every reader of YAML reads it too.
import { readFileSync, writeFileSync } from 'node:fs';
import { paths, type Place } from './place.ts';

/** Writes a kubeconfig with the certificate `user` and the server's URL. */
export function writeKubeconfig(place: Place, file: string, user: string, server: string): void {
  const data = (name: string): string => readFileSync(paths.pki(place, name)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
    users: [
      { name: user, user: { 'client-certificate-data': data(`${user}.crt`), 'client-key-data': data(`${user}.key`) } },
    ],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    'current-context': 'lab',
  };
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}
