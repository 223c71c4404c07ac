// A KubeProxyConfiguration, as the rules ask it.
import { openConfig } from '../../kubeproxy/config-source.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import { known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ProxyConfigFacts } from './cluster.ts';
import { at, textAt } from './fields.ts';

/** Unseen, with the reader's message, where kube-proxy would read something else than we do. */
export function readConfigFacts(text: string): Known<ProxyConfigFacts> {
  const source = openConfig(text);
  if (source.kind === 'problem') return unseen(source.message);
  const read = readConfig(text);
  if (read.kind === 'problem') return unseen(read.message);
  return known({
    text,
    read,
    at: (path) => at(source.value, path),
    textAt: (path) => textAt(source.value, path) ?? '',
  });
}
