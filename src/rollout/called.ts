// What a kube-proxy is called in messages.
import type { PodFacts } from './observed.ts';

export function called({ name, systemd }: Pick<PodFacts, 'name' | 'systemd'>): string {
  return `${systemd === undefined ? 'pod' : 'unit'} ${name}`;
}
