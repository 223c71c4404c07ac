// One table per rule: what is there, what shall be found. Every rule shows a hit, a miss and an unknown.
import { describe, expect, it } from 'vitest';
import type { ProxyMode } from '../../api/fields.ts';
import { factsFrom } from '../facts/from-snapshot.ts';
import type { Direction, Finding, Verdict } from '../finding.ts';
import { known } from '../known.ts';
import type { Rule } from '../rule.ts';
import { cellVerdicts } from '../rule.ts';
import { runRules } from '../run.ts';
import { snapshotOf } from './cluster.ts';
import type { ClusterParts } from './cluster.ts';

export type RuleCase = ClusterParts & {
  readonly target: ProxyMode;
  /** `nothing`: the rule passes or does not apply. On several nodes: the verdicts in the nodes' order, without those that pass. */
  readonly finds: Verdict | 'nothing' | readonly Verdict[];
  /** Parts of the message or of the fix: the observed value above all. */
  readonly says?: string | readonly string[];
  /** Default forward. On the way back `target` is still what the migration aims at. */
  readonly direction?: Direction;
  /** kube-proxy's configuration file, where it was read on a node instead of in a ConfigMap. */
  readonly fileOnNodes?: string;
  /** Command line of its unit, where it is one. */
  readonly unitWords?: readonly string[];
  /** Whether modules that can be loaded will be; true when left out. */
  readonly loads?: boolean;
};

type CaseParts = ClusterParts & Pick<RuleCase, 'fileOnNodes' | 'unitWords' | 'loads'>;

/** Names of cases continue "the rule …": 'blocks below 5.13'. */
export function testRule(rule: Rule, cases: Readonly<Record<string, RuleCase>>): void {
  describe.each([rule.id])('%s', () => {
    it.each(Object.entries(cases))('%s', (_, { target, finds, says = [], direction = 'forward', ...parts }) => {
      const found = findings(rule, parts, target).filter((finding) => finding.direction === direction);
      const wanted = finds === 'nothing' ? [] : typeof finds === 'string' ? [finds] : finds;
      expect(found.map(({ verdict }) => verdict)).toEqual(wanted);
      for (const part of typeof says === 'string' ? [says] : says) expect(texts(found)).toContain(part);
      for (const finding of found) checkForm(rule, finding);
    });

    it('shows a hit, a miss and an unknown', () => {
      const wanted = Object.values(cases).flatMap(({ finds }) => finds);
      expect(wanted).toContain('nothing');
      expect(wanted).toContain('unknown');
      expect(wanted.some((one) => one === 'block' || one === 'warn' || one === 'info')).toBe(true);
    });
  });
}

function findings(
  rule: Rule,
  { fileOnNodes, unitWords, loads = true, ...parts }: CaseParts,
  target: ProxyMode,
): readonly Finding[] {
  const configText = fileOnNodes === undefined ? undefined : known(fileOnNodes);
  const words = unitWords === undefined ? undefined : known(unitWords);
  const facts = factsFrom(snapshotOf(parts), { configText, words, change: parts.change });
  return runRules(facts, { target, rules: [rule], loads });
}

function texts(found: readonly Finding[]): string {
  return found.map(({ message, fix }) => `${message}\n${fix ?? ''}`).join('\n');
}

/** Holds for every finding: a verdict of the table, whole sentences, a way out, and no rule that stumbled. */
function checkForm(rule: Rule, { verdict, target, message, fix }: Finding): void {
  expect(message).toMatch(/^[^\n]*[.!?]$/);
  expect(message).not.toContain('the rule failed');
  const cell = rule.verdicts[target];
  if (verdict !== 'unknown') expect(cell === undefined ? [] : cellVerdicts(cell)).toContain(verdict);
  if (verdict === 'block' || verdict === 'warn') expect(fix).toMatch(/\S/);
}
