// Two migrations over the same kube-proxy: exactly one may go on, and every replica agrees on which.
import type { ProxyModeMigration } from '../api/kinds.ts';
import { locate, type DaemonSetFacts, type Located } from '../kubeproxy/locate.ts';
import type { MigrationFacts } from '../rollout/observed.ts';

/** The name of the migration that goes before `own` on the same DaemonSet, if there is one. */
export function rivalOf(
  own: MigrationFacts,
  where: Located,
  all: readonly ProxyModeMigration[],
  daemonSets: readonly DaemonSetFacts[],
): string | undefined {
  const mine = all.find(({ metadata }) => metadata.uid === own.uid);
  if (mine === undefined) return undefined;
  const others = all.filter(
    (other) =>
      other.metadata.uid !== own.uid &&
      isActive(other) &&
      isOfUnits(other) === isOfUnits(mine) &&
      (isOfUnits(other) || sharesKubeProxy(other, where, daemonSets)),
  );
  return others.find((other) => goesBefore(other, mine))?.metadata.name;
}

/** Which units a migration is about shows only on the nodes: two of them never work at the same time. */
function isOfUnits({ spec }: ProxyModeMigration): boolean {
  return spec.kubeProxy?.type === 'Systemd';
}

function isActive({ spec, status }: ProxyModeMigration): boolean {
  if (status?.finishedAt !== undefined || spec.dryRun) return false;
  return status?.startedAt !== undefined || (!spec.paused && status?.phase !== 'Blocked');
}

function sharesKubeProxy(other: ProxyModeMigration, where: Located, daemonSets: readonly DaemonSetFacts[]): boolean {
  const known = other.status?.kubeProxy ?? locate(daemonSets, other.spec.kubeProxy?.daemonSet);
  if ('kind' in known && known.kind === 'problem') return false;
  if (!('namespace' in known) || known.namespace !== where.namespace) return false;
  // Where kube-proxy has flags only, there is no ConfigMap to share.
  const isSame = (known.configMap ?? '') === where.configMap;
  return isSame && (where.configMap !== '' || known.daemonSet === where.daemonSet);
}

/** Whoever started first; among those that have not started, the older one; among equals, by name. */
function goesBefore(other: ProxyModeMigration, mine: ProxyModeMigration): boolean {
  const rank = ({ metadata, status }: ProxyModeMigration): string =>
    [status?.startedAt ?? '~', metadata.creationTimestamp ?? '', metadata.name].join('\n');
  return rank(other) < rank(mine);
}
