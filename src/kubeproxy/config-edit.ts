// Gives a KubeProxyConfiguration another mode, together with the fields that the new mode reads elsewhere. The operator writes the
// result into the ConfigMap under a resourceVersion precondition; the plan shows it as a diff.
import type { ProxyMode } from '../api/fields.ts';
import type { MigrationSpec } from '../api/migration.ts';
import { openConfig } from './config-source.ts';
import { coupledFields, isProxyMode, wishedFields } from './coupled-fields.ts';
import type { FieldWish } from './coupled-fields.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { withField } from './value-tree.ts';
import { applySplice } from './yaml-layout.ts';
import { parseSource, valueAt } from './yaml-source.ts';
import type { Source } from './yaml-source.ts';
import { setField, writtenAt } from './yaml-splice.ts';

export type ConfigChange = {
  readonly mode: ProxyMode;
  readonly config?: MigrationSpec['config'];
  /** What an unset mode means to these kube-proxies (versions.ts, effectiveMode); iptables when left out. */
  readonly unsetMode?: ProxyMode;
};

/** `from` and `to` as written in the text; '' when nothing was written. `path` joins keys by dots. */
export type FieldChange = { readonly path: string; readonly from: string; readonly to: string; readonly why: string };

export type Edit = { readonly kind: 'edit'; readonly text: string; readonly changes: readonly FieldChange[] };

/**
 * Every byte outside the changed values is kept; missing fields are added in the file's own indentation. Deterministic, and the
 * same change on the result changes nothing. Never throws.
 */
export function editConfig(text: string, change: ConfigChange): Edit | Problem {
  const source = openConfig(text);
  if (source.kind === 'problem') return source;
  const written = valueAt(source, ['mode']);
  const current = typeof written === 'string' && written !== '' ? written : (change.unsetMode ?? 'iptables');
  if (current === 'kernelspace')
    return problem('The configuration is that of a Windows kube-proxy (mode kernelspace).');
  // `userspace` (up to 1.25) and unknown modes, which ≤1.25 takes for iptables, read the iptables section.
  const from = isProxyMode(current) ? current : 'iptables';
  return withFields(source, wishes(source, from, change));
}

function wishes(source: Source, from: ProxyMode, change: ConfigChange): readonly FieldWish[] {
  const wished = wishedFields(change.config);
  const taken = new Set(wished.map(({ path }) => path.join('.')));
  const coupled = coupledFields(from, change.mode, (path) => valueAt(source, path));
  return [
    { path: ['mode'], value: change.mode, why: 'The target mode.' },
    ...coupled.filter(({ path }) => !taken.has(path.join('.'))),
    ...wished,
  ];
}

/** The text with these values, and every other byte kept. */
export function withFields(original: Source, wanted: readonly FieldWish[]): Edit | Problem {
  let source = original;
  let expected: unknown = original.value;
  const changes: FieldChange[] = [];
  for (const { path, value, why } of wanted) {
    if (same(valueAt(source, path), value)) continue;
    const splice = setField(source, path, value);
    if (splice === undefined)
      return problem(
        `The configuration's \`${path[0]}\` is not a mapping of fields; \`${path.join('.')}\` cannot be set.`,
      );
    const next = parseSource(applySplice(source.text, splice));
    expected = withField(expected, path, value);
    if (next.kind === 'problem' || !same(next.value, expected)) return unsafe(path.join('.'));
    changes.push({ path: path.join('.'), from: writtenAt(source, path), to: writtenAt(next, path), why });
    source = next;
  }
  return { kind: 'edit', text: source.text, changes };
}

/** The text was read again after the splice, and is not what was meant: unusual YAML. Better to refuse than to write it. */
function unsafe(path: string): Problem {
  return problem(
    `The configuration is written in a way in which \`${path}\` cannot be set without risk to the rest. Write the field in plain block style.`,
  );
}

/** Key order counts: splices keep it. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
