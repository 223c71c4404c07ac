// From what was read to the assessment: the rules for each mode that was asked about, put side by side. Pure.
import type { ProxyMode } from '../../api/fields.ts';
import { CATALOGUE } from '../../preflight/catalogue.ts';
import type { KubeProxyFacts, KubeProxyPlace } from '../../preflight/facts/cluster.ts';
import { factsFrom } from '../../preflight/facts/from-snapshot.ts';
import type { PreflightFacts } from '../../preflight/facts/from-snapshot.ts';
import type { Snapshot } from '../../preflight/facts/snapshot.ts';
import { valueOr } from '../../preflight/known.ts';
import { report } from '../../preflight/report.ts';
import type { Rule } from '../../preflight/rule.ts';
import { runRules } from '../../preflight/run.ts';
import type { AssessedFinding, AssessedKubeProxy, AssessedTarget, Assessment } from './assessment.ts';
import { SCHEMA_VERSION } from './assessment.ts';
import type { Asked } from './ask-nodes.ts';
import { assessedFinding, withoutOwnName } from './findings.ts';
import { groupNodes } from './node-groups.ts';
import { notSeen } from './not-seen.ts';
import { isModeInForce, judgeTarget } from './verdict.ts';

export type AssessInput = {
  /** Without readings: those are in `asked`. */
  readonly snapshot: Snapshot;
  readonly asked: Asked;
  readonly targets: readonly ProxyMode[];
  /** Ids of rules whose findings somebody takes the responsibility for. */
  readonly accept: readonly string[];
  readonly server: string;
  readonly context: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly rules?: readonly Rule[];
};

export function assessFacts(input: AssessInput): Assessment {
  const snapshot = { ...input.snapshot, readings: input.asked.readings };
  const facts = factsFrom(snapshot);
  const nodes = assessedNodes(facts);
  const judged = input.targets.map((target) => judge(target, facts, input, nodes?.groups ?? []));
  const { cluster } = facts;
  const distribution = valueOr(cluster.distribution, null);
  return {
    schemaVersion: SCHEMA_VERSION,
    assessedAt: new Date(input.now).toISOString(),
    cluster: {
      server: input.server,
      context: input.context,
      version: valueOr(cluster.serverVersion, null)?.text ?? null,
    },
    distribution:
      distribution === null
        ? null
        : {
            id: distribution.id,
            name: distribution.name,
            right: distribution.right,
            reverted: distribution.reverted,
            evidence: distribution.evidence,
          },
    kubeProxy: assessedKubeProxy(facts),
    nodes,
    targets: judged.map(({ target }) => target),
    findings: judged.flatMap(({ findings }) => findings),
    notSeen: notSeen(snapshot, input.asked),
  };
}

type Judged = { readonly target: AssessedTarget; readonly findings: readonly AssessedFinding[] };

function judge(
  target: ProxyMode,
  facts: PreflightFacts,
  { rules = CATALOGUE, accept }: AssessInput,
  groups: NonNullable<Assessment['nodes']>['groups'],
): Judged {
  const acceptances = accept.map((rule) => ({ rule, by: '--accept' }));
  const found = runRules(facts, { target, rules, accept: acceptances }).map(withoutOwnName);
  const reported = report(found, rules).groups;
  return {
    target: judgeTarget(target, reported, facts, isModeInForce(target, facts)),
    findings: reported.map((group) => assessedFinding(group, target, { rules, groups })),
  };
}

function assessedNodes({ nodes }: PreflightFacts): Assessment['nodes'] {
  if (!nodes.known) return null;
  return {
    total: nodes.value.length,
    answered: nodes.value.filter(({ kubeProxy }) => kubeProxy.proxyMode.known).length,
    groups: groupNodes(nodes.value),
  };
}

const PLACES = {
  daemonSet: 'DaemonSet',
  unresolved: 'Unresolved',
  staticPods: 'StaticPods',
  onNodes: 'OnNodes',
  absent: 'Absent',
} as const satisfies Record<KubeProxyPlace['kind'], AssessedKubeProxy['place']>;

function assessedKubeProxy({ cluster: { kubeProxy } }: PreflightFacts): AssessedKubeProxy {
  const place = placeOf(kubeProxy);
  const found = valueOr(kubeProxy.place, undefined);
  const located = found?.kind === 'daemonSet' ? found.located : undefined;
  const nowhere = place === 'Absent' || place === 'Unknown';
  return {
    place,
    daemonSet: located === undefined ? null : `${located.namespace}/${located.daemonSet}`,
    configMap: located === undefined ? null : `${located.namespace}/${located.configMap}`,
    // Where no kube-proxy was found, the API server's version stands in for it in the rules; it is not its own.
    version: nowhere ? null : (valueOr(kubeProxy.version, null)?.text ?? null),
    writtenMode: valueOr(kubeProxy.writtenMode, null),
    mode: valueOr(kubeProxy.configuredMode, null),
  };
}

/** Without a pod, and with no node that could be asked, it may still run as a service of the nodes. */
function placeOf({ place }: KubeProxyFacts): AssessedKubeProxy['place'] {
  if (!place.known || (place.value.kind === 'absent' && !place.value.asked)) return 'Unknown';
  return PLACES[place.value.kind];
}
