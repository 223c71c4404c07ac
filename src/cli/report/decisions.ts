// What was decided about the whole migration, when, and why. Pure.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { counted } from '../counted.ts';

export type Decision = {
  /** null where the time was not kept. */
  readonly at: string | null;
  readonly what: string;
  readonly why: string;
};

/** In the order in which they were taken; those without a time stand where they belong. */
export function decisionsOf(migration: ProxyModeMigration): readonly Decision[] {
  const [first, second] = [looked(migration), begun(migration)];
  // The look that is kept is that of the last attempt; the begin is that of the first.
  const start = (migration.status?.attempt ?? 1) > 1 ? [...second, ...first] : [...first, ...second];
  return [asked(migration), ...start, ...turned(migration), ...ended(migration)];
}

function asked({ metadata, spec }: ProxyModeMigration): Decision {
  const { maxUnavailable, nodeTimeout } = spec.rollout;
  const { successes, soak } = spec.verify;
  const which = spec.nodeSelector === undefined ? 'every node' : 'every node that matches spec.nodeSelector';
  return {
    at: metadata.creationTimestamp ?? null,
    what: `ProxyModeMigration ${metadata.name} was made.`,
    // The API keeps no earlier spec.
    why: `Its spec as it is now: ${which} is to run kube-proxy in mode ${spec.mode}${spec.dryRun ? '; only planned, because of spec.dryRun' : ''}. Up to ${maxUnavailable} at a time, each within ${nodeTimeout}; a node counts once it has answered the mode ${successes} times in a row${soak === '0s' ? '' : ` and stayed so for ${soak}`}. After a failure: ${spec.onFailure}.`,
  };
}

function looked({ status }: ProxyModeMigration): readonly Decision[] {
  const preflight = status?.preflight;
  if (preflight === undefined) return [];
  const { checkedAt, blocking, rules } = preflight;
  const warnings = rules.filter(({ verdict }) => verdict === 'warn').length;
  const accepted = rules.filter((rule) => rule.accepted !== undefined);
  return [
    {
      at: checkedAt,
      what: blocking > 0 ? `Not to begin: ${counted(blocking, 'rule')} in the way.` : 'Nothing stands in the way.',
      why: `The cluster and its nodes were looked at; ${counted(warnings, 'rule')} to heed.`,
    },
    ...accepted.map(({ rule, accepted: who = '', message }) => ({
      at: null,
      what: `The finding of ${rule} was accepted by ${who}.`,
      why: message,
    })),
  ];
}

function begun({ status, spec }: ProxyModeMigration): readonly Decision[] {
  if (status?.startedAt === undefined) return [];
  const { kubeProxy: found, attempt = 1, plan } = status;
  const where =
    found === undefined ? 'the configuration' : `ConfigMap ${found.namespace}/${found.configMap}, key ${found.key}`;
  const order =
    plan === undefined
      ? ''
      : ` Nodes follow in the order ${plan.order.slice(0, 3).join(', ')}${plan.order.length > 3 ? ', …' : ''}.`;
  return [
    {
      at: status.startedAt,
      what: `To begin: ${where} gets mode ${spec.mode}.`,
      why: `What a way back needs was stored before.${order}`,
    },
    ...(attempt > 1
      ? [
          {
            at: null,
            what: `To try again: attempt ${attempt}.`,
            why: 'Somebody asked for it. When, and what came of the attempts before, is not kept.',
          },
        ]
      : []),
  ];
}

function turned({ status, spec }: ProxyModeMigration): readonly Decision[] {
  if (status?.turnedBack === undefined) return [];
  const then = spec.onFailure === 'Rollback' ? 'the switched nodes follow in reverse order' : 'the switched nodes stay';
  const why = `${status.turnedBack.because.replace(/\.$/, '')}. By spec.onFailure as it is now, ${then}.`;
  return [{ at: status.turnedBack.at, what: 'To turn round.', why }];
}

function ended({ status }: ProxyModeMigration): readonly Decision[] {
  if (status?.finishedAt === undefined) return [];
  return [{ at: status.finishedAt, what: `It is over: ${status.phase ?? ''}.`, why: status.message ?? '' }];
}
