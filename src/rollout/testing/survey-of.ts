// A survey as the preflight would make it of these checks.
import type { RuleCount } from '../../api/preflight-status.ts';
import { NOTHING_NEEDED } from '../needs.ts';
import type { NodeCheck, Survey } from '../survey.ts';

export function surveyOf(
  at: number,
  checks: ReadonlyMap<string, Partial<NodeCheck>>,
  cluster: readonly RuleCount[] = [],
): Survey {
  const nodes = new Map(
    [...checks].map(([name, check]): [string, NodeCheck] => [
      name,
      { lookedAt: at, findings: [], needs: NOTHING_NEEDED, ...check },
    ]),
  );
  const counts = new Map<string, RuleCount>(cluster.map((rule) => [rule.rule, rule]));
  for (const { findings } of nodes.values())
    for (const finding of findings) {
      const known = counts.get(finding.rule);
      counts.set(finding.rule, { ...finding, nodes: (known?.nodes ?? 0) + 1 });
    }
  const rules = [...counts.values()];
  return { kind: 'done', at, rules, blocking: rules.filter(({ blocking }) => blocking).length, nodes };
}
