// The recordings under fixtures/: a real kube-proxy 1.36.3 on a real node, in each mode.
import { readFileSync } from 'node:fs';

export type Recording = 'iptables' | 'ipvs' | 'nftables' | 'ipvs-with-iptables-leftovers';

export function recorded(folder: Recording | 'api', file: string): string {
  return readFileSync(new URL(`../fixtures/${folder}/${file}`, import.meta.url), 'utf8');
}
