// What a look at the whole cluster and every node has found, before anything is touched. Gathered and judged once for
// each question (operator/surveyor.ts, preflight/), because a hundred rules over thousands of nodes are not for every pass.
import type { NodeFinding, RuleCount } from '../api/preflight-status.ts';

/** What has to be changed on a node before its kube-proxy can run the mode; empty when it is ready. */
export type Needs = {
  readonly modules: readonly string[];
  readonly sysctls: readonly { readonly name: string; readonly from: string; readonly to: string }[];
};

export type NodeCheck = {
  /** undefined: the node was away, so that only what the API server tells of it was judged. */
  readonly lookedAt: number | undefined;
  readonly findings: readonly NodeFinding[];
  readonly needs: Needs;
};

export type Survey =
  | { readonly kind: 'looking'; readonly seen: number; readonly of: number }
  /** Tried several times, and tried on: a person should hear what it is. */
  | { readonly kind: 'failing'; readonly problem: string }
  | {
      readonly kind: 'done';
      readonly at: number;
      /** The gravest first. */
      readonly rules: readonly RuleCount[];
      /** How many rules stand in the way. */
      readonly blocking: number;
      readonly nodes: ReadonlyMap<string, NodeCheck>;
    };

export type Done = Extract<Survey, { kind: 'done' }>;

/**
 * `question` differs when the answer may: another spec, attempt or retry. Answers from before `since` are too old. `nodes`: only
 * these are to be looked at; all that can be when left out.
 */
export type SurveyWish = { readonly question: string; readonly since: number; readonly nodes?: readonly string[] };
