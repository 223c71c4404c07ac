// Where a lab keeps its things. Everything a lab makes carries its state directory or the id made from it, so two labs
// never meet and a lab can always be found again, also by a run that did not start it.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type Place = {
  /** Short and made from the state directory: the name of the lab's control groups and lock. */
  readonly id: string;
  readonly state: string;
};

/** Outside the checkout, shared by all labs: binaries and images. They cost minutes to make, and depend on no lab. */
export const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'proxymode-lab');

export const sources = import.meta.dirname;

export function digest(...contents: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/** Held while something is put there. Whoever has another cache need not wait. */
export const cacheLock = `proxymode-lab-cache-${digest(cache)}`;

/** Holds the state of the labs of this checkout, unless PROXYMODE_LAB_STATE names another directory. */
export const labsDirectory = process.env['PROXYMODE_LAB_STATE'] ?? join(cache, 'labs', digest(sources));

/** Labs with different names are different labs. */
export function placeOf(name: string): Place {
  const state = join(labsDirectory, name);
  return { id: `proxymode-${digest(state).slice(0, 8)}`, state };
}

export const paths = {
  /** Says that the directory is a lab's and may be removed as a whole. */
  mark: (place: Place): string => join(place.state, '.proxymode-lab'),
  ready: (place: Place): string => join(place.state, 'ready.json'),
  kubeconfig: (place: Place): string => join(place.state, 'kubeconfig'),
  logs: (place: Place): string => join(place.state, 'log'),
  pki: (place: Place, file: string): string => join(place.state, 'pki', file),
  node: (place: Place, node: string, ...rest: readonly string[]): string => join(place.state, 'nodes', node, ...rest),
};
