// What a rule found, as it stands in reports, in a NodeMigration and in the counts of the parent.
import type { ProxyMode } from '../api/fields.ts';

/** What a rule can say by itself. No finding at all means that the rule passes or does not apply. */
export type RuleVerdict = 'block' | 'warn' | 'info';
/** `unknown`: what the rule needs was not seen. It never passes where the rule could block. */
export type Verdict = RuleVerdict | 'unknown';

/** `rollback`: found by running the rule for the way back, from the target to the mode the node runs now. */
export type Direction = 'forward' | 'rollback';

/** An entry of spec.preflight.accept. `by` is shown to people: who, or which field, took the responsibility. */
export type Acceptance = { readonly rule: string; readonly by: string };

export type Finding = {
  readonly rule: string;
  readonly verdict: Verdict;
  /** Holds a migration back, now: a block, or an unknown of a rule that could block, that nobody has accepted. */
  readonly blocking: boolean;
  /** The mode the rule was asked about: for the way back, the old one. */
  readonly target: ProxyMode;
  readonly direction: Direction;
  readonly scope: 'cluster' | 'node';
  /** Set where `scope` is node. */
  readonly node?: string;
  /** What was observed, with its value, and what it leads to. */
  readonly message: string;
  /** A command to run or a snippet to write; may have several lines. */
  readonly fix?: string;
  readonly source: string;
  /** Who accepted it. An accepted finding stays in every report. */
  readonly acceptedBy?: string;
};

/** What `blocking` is before anybody accepts: `strongest` is the strongest verdict the rule can give for this target. */
export function blocks(verdict: Verdict, strongest: RuleVerdict): boolean {
  return verdict === 'block' || (verdict === 'unknown' && strongest === 'block');
}

/** The finding as it stands once the rules of `acceptances` are accepted; the first acceptance of a rule is the one that is named. */
export function accept(finding: Finding, acceptances: readonly Acceptance[]): Finding {
  const acceptance = acceptances.find(({ rule }) => rule === finding.rule);
  return acceptance === undefined ? finding : { ...finding, blocking: false, acceptedBy: acceptance.by };
}
