// A KubeProxyConfiguration, as the rules ask it.
import { openConfig } from '../../kubeproxy/config-source.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import type { Problem } from '../../kubeproxy/problem.ts';
import { known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ProxyConfigFacts } from './cluster.ts';
import { at, textAt } from './fields.ts';

/** Unseen, with the reader's message, where kube-proxy would read something else than we do. */
export function readConfigFacts(text: string): Known<ProxyConfigFacts> {
  const source = openConfig(text);
  if (source.kind === 'problem') return unseen(reason(source));
  const read = readConfig(text);
  if (read.kind === 'problem') return unseen(reason(read));
  return known({
    text,
    read,
    at: (path) => at(source.value, path),
    textAt: (path) => textAt(source.value, path) ?? '',
  });
}

/** A sentence, as the end of another one. */
export function reason({ message }: Problem): string {
  return message.replace(/\.$/, '');
}
