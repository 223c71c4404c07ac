// What a trial that did not pass is to the preflight: a finding of the node, under a rule id of its own, and a rule that stands in
// the way of the migration.
import type { MigrationSpec } from '../api/migration.ts';
import type { NodeMigrationStatus, NodeTrial } from '../api/node-migration.ts';
import { MOST_FINDINGS, type NodeFinding, type RuleCount } from '../api/preflight-status.ts';
import type { Done } from './survey.ts';

/** Id of the rule. */
const TRIAL_RULE = 'trial';

type Asking = Pick<MigrationSpec, 'mode' | 'preflight'>;

export function isTrialFinding({ rule }: Pick<NodeFinding, 'rule'>): boolean {
  return rule === TRIAL_RULE;
}

export function isTrialAccepted({ preflight }: Pick<Asking, 'preflight'>): boolean {
  return preflight.accept.includes(TRIAL_RULE);
}

/** undefined: it passed. */
export function trialFinding({ outcome, problem = '' }: NodeTrial, spec: Asking): NodeFinding | undefined {
  const blocking = !isTrialAccepted(spec);
  switch (outcome) {
    case 'Passed':
      return undefined;
    case 'Failed':
      return {
        rule: TRIAL_RULE,
        verdict: 'block',
        blocking,
        message: `Tried in ${spec.mode} mode beside the node's own, kube-proxy failed: ${problem}`.slice(0, 512),
        // Whoever reads the same configuration gets it at its next restart, selected or not: leaving it out would be no remedy.
        fix: `Make the node fit for ${spec.mode}; one outside spec.nodeSelector, too, because its kube-proxy reads the same configuration when it restarts. It is tried again every five minutes, and at once with a retry.`,
      };
    case 'Unknown':
      return {
        rule: TRIAL_RULE,
        verdict: 'unknown',
        blocking,
        message:
          `Not known whether kube-proxy runs in ${spec.mode} mode here, because it could not be tried: ${problem}`.slice(
            0,
            512,
          ),
        fix: `Make the trial possible, or take the responsibility: add ${TRIAL_RULE} to spec.preflight.accept. It is tried again every minute.`,
      };
  }
}

/** The record with this finding of a trial, or with none. */
export function withTrialFinding(status: NodeMigrationStatus, finding: NodeFinding | undefined): NodeMigrationStatus {
  const { findings = [], ...rest } = status;
  const others = findings.filter((one) => !isTrialFinding(one));
  const all = finding === undefined ? others : [finding, ...others].slice(0, MOST_FINDINGS);
  return { ...rest, ...(all.length === 0 ? {} : { findings: all }) };
}

/** What the preflight found, with what the trials did: those in the way first. */
export function withTrialRules(survey: Done, records: readonly NodeMigrationStatus[]): Done {
  const found = records.flatMap(({ findings = [] }) => findings.filter(isTrialFinding));
  const groups = Map.groupBy(found, ({ verdict, blocking }) => `${verdict} ${blocking}`);
  const rules = [...groups.values()].flatMap((same): RuleCount[] => {
    const [first] = same;
    if (first === undefined) return [];
    const accepted = first.blocking ? {} : { accepted: 'spec.preflight.accept' };
    return [{ ...first, nodes: same.length, ...accepted }];
  });
  const inTheWay = rules.filter(({ blocking }) => blocking);
  const others = rules.filter(({ blocking }) => !blocking);
  return {
    ...survey,
    rules: [...inTheWay, ...survey.rules, ...others].slice(0, Math.max(MOST_FINDINGS, inTheWay.length)),
    blocking: survey.blocking + (inTheWay.length > 0 ? 1 : 0),
  };
}
