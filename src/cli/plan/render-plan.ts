// What a migration would do, or has set out to do: what stands in the way, the change to the configuration, the order of nodes. Pure.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import type { RuleCount } from '../../api/preflight-status.ts';
import { harmless } from '../harmless.ts';
import { clean, cut, wrap } from '../../terminal/fit.ts';
import type { Paint } from '../../terminal/paint.ts';
import { phaseStyle } from '../../terminal/progress-bar.ts';

const INDENT = '  ';
const DEEPER = '      ';

export type Page = { readonly width: number; readonly paint: Paint };

export function renderPlan(migration: ProxyModeMigration, page: Page): readonly string[] {
  const { metadata, spec, status } = migration;
  const { width, paint } = page;
  const { phase = 'Pending', message, preflight, plan } = status ?? {};
  const rules = preflight?.rules ?? [];
  const lead = cut(`${clean(metadata.name)}   to ${spec.mode}   `, width);
  return [
    `${paint('strong', lead)}${paint(phaseStyle(phase), phase)}`,
    '',
    ...wrap(clean(message ?? 'no operator has seen it yet'), width, Infinity),
    ...section(
      'In the way',
      rules.filter(({ blocking }) => blocking).flatMap((rule) => ruleLines(rule, page)),
      paint,
    ),
    ...section(
      'To heed',
      rules.filter(({ blocking, verdict }) => !blocking && verdict === 'warn').flatMap((rule) => ruleLines(rule, page)),
      paint,
    ),
    ...section('Accepted', rules.filter(({ accepted }) => accepted !== undefined).map(acceptance), paint),
    ...section(`The change to ${place(migration)}`, diffLines(plan?.diff ?? '', paint), paint),
    ...section('The order of nodes', orderLines(migration, width), paint),
  ];
}

/** Fixes are commands: never wrapped, never cut. */
function ruleLines({ rule, message, nodes, fix = '' }: RuleCount, { width, paint }: Page): readonly string[] {
  const where = nodes === 0 ? '' : ` (${nodes} node${nodes === 1 ? '' : 's'})`;
  const said = wrap(clean(`${rule}${where}: ${message}`), width - INDENT.length, Infinity);
  const lines = harmless(fix)
    .split('\n')
    .filter((line) => line !== '');
  return [...said.map((line) => INDENT + line), ...lines.map((line) => DEEPER + paint('quiet', line))];
}

function acceptance({ rule, accepted = '' }: RuleCount): string {
  return `${INDENT}${clean(rule)}, by ${clean(accepted)}`;
}

function place({ status }: ProxyModeMigration): string {
  const found = status?.kubeProxy;
  return found === undefined
    ? 'the configuration'
    : clean(`ConfigMap ${found.namespace}/${found.configMap}, key ${found.key}`);
}

function diffLines(diff: string, paint: Paint): readonly string[] {
  return harmless(diff)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => INDENT + paint(styleOf(line), line));
}

function styleOf(line: string): 'good' | 'bad' | 'quiet' {
  if (line.startsWith('+')) return 'good';
  return line.startsWith('-') ? 'bad' : 'quiet';
}

function orderLines({ status }: ProxyModeMigration, width: number): readonly string[] {
  const order = status?.plan?.order ?? [];
  if (order.length === 0) return [];
  const more = (status?.nodes?.total ?? 0) - order.length;
  const text = order.map(clean).join(', ') + (more > 0 ? `, and ${more} more` : '');
  return wrap(text, width - INDENT.length, Infinity).map((line) => INDENT + line);
}

function section(heading: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ['', paint('strong', heading), ...lines];
}
