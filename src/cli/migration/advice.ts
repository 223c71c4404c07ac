// What a person can do now: commands, and what each is for. Pure.
import type { ProxyModeMigration } from '../../api/kinds.ts';
import { reasonOf, standOf } from './stand.ts';

export type Advice = { readonly command: string; readonly what: string };

/** A lease stays when its holder is gone: only the time it was last renewed tells. */
export const OPERATOR_RUNS: Advice = {
  command: 'kubectl get lease -A -o custom-columns=NAME:metadata.name,AT:spec.renewTime',
  what: 'one runs where the lease "proxymode" was renewed within the last minute',
};

export function adviceFor(migration: ProxyModeMigration): readonly Advice[] {
  const { name } = migration.metadata;
  const stand = standOf(migration);
  switch (stand) {
    case 'new':
      return [{ ...OPERATOR_RUNS, what: `no operator has seen it yet: ${OPERATOR_RUNS.what}` }];
    case 'moving':
      return migration.spec.paused || migration.status?.startedAt === undefined
        ? []
        : [verb('pause', name, 'start no further node')];
    case 'waiting':
      return [verb('resume', name, 'go on'), verb('abort', name, 'stop for good')];
    case 'stalled':
      return whenStalled(migration);
    case 'done':
      return migration.status?.phase === 'Planned'
        ? whenPlanned(name)
        : [verb('report', name, 'what was done, as a page')];
  }
}

function whenStalled(migration: ProxyModeMigration): readonly Advice[] {
  const { name } = migration.metadata;
  const [failure] = migration.status?.failures ?? [];
  const look = failure === undefined ? [] : [verb('explain', failure.node, 'why it did not switch')];
  switch (reasonOf(migration)) {
    case 'PreflightBlocked':
      return [
        verb('plan', name, 'what stands in the way, and how to mend it'),
        verb('retry', name, 'look again now; otherwise every five minutes'),
      ];
    case 'NodeFailed':
      return [
        ...look,
        verb('retry', name, 'once the cause is gone'),
        verb('rollback', name, 'take the switched nodes back as well'),
      ];
    case 'NodeStranded':
      return look;
    default:
      return [...look, verb('retry', name, 'once the cause is gone')];
  }
}

function whenPlanned(name: string): readonly Advice[] {
  const go = `kubectl patch pmm ${name} --type=merge -p '{"spec":{"dryRun":false}}'`;
  return [verb('plan', name, 'the whole plan'), { command: go, what: 'begin' }];
}

function verb(word: string, object: string, what: string): Advice {
  return { command: `kubectl proxymode ${word} ${object}`, what };
}
