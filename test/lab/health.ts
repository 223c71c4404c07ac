// Whether a lab that was brought up before is still whole, so that it can be used again.
import { existsSync, readFileSync } from 'node:fs';
import { markOf, type Shape } from './bring-up.ts';
import { processesOf } from './daemon.ts';
import { kubectl } from './kubectl.ts';
import { networkHolder } from './network.ts';
import { nodeHolder } from './node-namespaces.ts';
import { paths, type Place } from './place.ts';

const always = ['etcd', 'apiserver', 'forward'];
const withNodes = ['controller-manager', 'scheduler'];

export async function isWhole(place: Place, shape: Shape): Promise<boolean> {
  if (!existsSync(paths.ready(place))) return false;
  if (readFileSync(paths.ready(place), 'utf8') !== markOf(shape)) return false;
  const { nodes } = shape;
  const kubelets = nodes.map((node) => `kubelet-${node}`);
  const roles = [...always, ...(nodes.length > 0 ? withNodes : []), ...kubelets];
  if (!roles.every((role) => processesOf(place, role).length > 0)) return false;
  if (networkHolder(place) === undefined) return false;
  if (!nodes.every((node) => nodeHolder(place, node) !== undefined)) return false;
  return answers(place, nodes);
}

async function answers(place: Place, nodes: readonly string[]): Promise<boolean> {
  const timeout = { timeout: 20_000 };
  try {
    await kubectl(place, ['get', '--raw', '/readyz'], timeout);
    if (nodes.length === 0) return true;
    const ready = ['wait', 'node', '--all', '--for=condition=Ready', '--timeout=10s'];
    await kubectl(place, ready, timeout);
    return true;
  } catch {
    // whatever the reason: a lab that does not answer is made anew
    return false;
  }
}
