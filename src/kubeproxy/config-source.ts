// A text that is a KubeProxyConfiguration kube-proxy would read the way we read it. Reading and editing both begin here,
// so that nothing is edited that was not understood.
import { isMap, isScalar } from 'yaml';
import type { Node, YAMLMap } from 'yaml';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { isBlockScalar } from './yaml-layout.ts';
import { findPair, keyOf, lineOf, parseSource, valueAt } from './yaml-source.ts';
import type { Source } from './yaml-source.ts';

const API_VERSION = 'kubeproxy.config.k8s.io/v1alpha1';

/**
 * Refuses what kube-proxy's decoder (strict, then lenient with one log line) would silently read as something else:
 * another kind or version, a `mode` that is not at the top level, a `mode` that is not a string.
 */
export function openConfig(text: string): Source | Problem {
  const source = parseSource(text);
  if (source.kind === 'problem') return source;
  return kindProblem(source) ?? misplacedMode(source) ?? modeProblem(source) ?? source;
}

function kindProblem(source: Source): Problem | undefined {
  const kind = valueAt(source, ['kind']);
  if (kind !== 'KubeProxyConfiguration')
    return problem(
      `The configuration has kind ${show(kind)}, not KubeProxyConfiguration. Name the ConfigMap and key that hold kube-proxy's configuration in spec.kubeProxy.daemonSet.`,
      lineOf(source, ['kind']),
    );
  const apiVersion = valueAt(source, ['apiVersion']);
  if (apiVersion === API_VERSION) return undefined;
  return problem(
    `The configuration has apiVersion ${show(apiVersion)}; only ${API_VERSION} is known.`,
    lineOf(source, ['apiVersion']),
  );
}

/** `mode` is a field of the top level only: elsewhere, or in other letters, kube-proxy drops it and runs its default mode. */
function misplacedMode(source: Source): Problem | undefined {
  if (findPair(source.root, 'mode') !== undefined) return undefined;
  const found = findMode(source.root, []);
  if (found === undefined) return undefined;
  const path = found.join('.');
  return problem(
    `The configuration has \`${path}\` (line ${lineOf(source, found) ?? '?'}), which kube-proxy ignores: the field is \`mode\` at the top level. Correct its indentation or spelling.`,
    lineOf(source, found),
  );
}

function findMode(map: YAMLMap, above: readonly string[]): readonly string[] | undefined {
  for (const pair of map.items) {
    const path = [...above, keyOf(pair)];
    if (keyOf(pair).toLowerCase() === 'mode') return path;
    const below = isMap(pair.value) ? findMode(pair.value, path) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

function modeProblem(source: Source): Problem | undefined {
  const node = findPair(source.root, 'mode')?.value;
  if (node === undefined || node === null) return undefined;
  const fault = modeFault(node);
  const line = lineOf(source, ['mode']);
  return fault === undefined
    ? undefined
    : problem(`The configuration's \`mode\` (line ${line ?? '?'}) is ${fault}.`, line);
}

function modeFault(node: Node): string | undefined {
  if (!isScalar(node) || (node.value !== null && typeof node.value !== 'string')) return 'not a string';
  return isBlockScalar(node) ? 'a block of text; write it on one line' : undefined;
}

function show(value: unknown): string {
  return value === undefined ? '(none)' : (JSON.stringify(value) ?? '(none)').slice(0, 100);
}
