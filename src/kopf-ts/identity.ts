// Who this process is, in leases and events: the pod's host name and a random part, so that a restarted container is
// somebody new and never mistakes its predecessor's lease for its own.
import { hostname } from 'node:os';

export function defaultIdentity(random: () => number): string {
  const part = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  return `${hostname()}_${part}`;
}
