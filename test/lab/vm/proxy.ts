// kube-proxy on the VM, asked on the VM and without the operator's help.
import { syncedIn } from '../kube-proxy.ts';
import type { Place } from '../place.ts';
import { mustSsh } from './ssh.ts';

/** What it says of itself, e.g. `ipvs`. Rejects while none is running. */
export async function proxyMode(place: Place): Promise<string> {
  return (await ask(place, 'proxyMode')).trim();
}

/** Whether the running one has written its rules at least once. Rejects while none is running. */
export async function hasSynced(place: Place): Promise<boolean> {
  return syncedIn(await ask(place, 'metrics'));
}

function ask(place: Place, path: string): Promise<string> {
  return mustSsh(place, ['curl', '--silent', '--show-error', '--max-time', '10', `http://127.0.0.1:10249/${path}`]);
}
