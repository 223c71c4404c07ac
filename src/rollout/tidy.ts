// The end of a migration of systemd kube-proxies: the copies of their files that lie on the nodes are taken away, and the
// records forget the originals that nobody can want back any more.
import { keepsOriginal } from '../api/node-migration.ts';
import type { Step } from './decision.ts';
import type { Member } from './member.ts';
import { joined, type Move } from './move.ts';
import type { NodeTask } from './node-task.ts';
import type { Observed } from './observed.ts';

/** `over` is the step with which the migration would end; it does so once this is done, or has been tried in vain. */
export function tidied(seen: Observed, all: readonly Member[], over: Step): Step {
  const files = all.flatMap((member): readonly { readonly member: Member; readonly task: NodeTask }[] => {
    const { systemd } = member.status;
    if (systemd === undefined || !keepsOriginal(systemd) || member.node === undefined) return [];
    const { startedAt = '', attempt = 1 } = seen.migration.status;
    const id = `tidy/${member.name}/${startedAt}/${attempt}`;
    return [{ member, task: { id, kind: 'tidy', node: member.name, since: 0, systemd } }];
  });
  // A node that is out of reach must not keep the migration from its end.
  const open = files.filter(({ member, task }) => member.node?.ready === true && seen.task(task) === undefined);
  if (open.length > 0) {
    const kind = 'progressing';
    const phase = over.stand.phase === 'Succeeded' ? 'Progressing' : 'RollingBack';
    const message = `${over.stand.message}; removing the copies of configuration files on ${open.length} node(s)`;
    const stand = { kind, phase, reason: 'TidyingUp', message } as const;
    return { ...over, stand, tasks: [...(over.tasks ?? []), ...files.map(({ task }) => task)] };
  }
  const isKept = over.stand.phase !== 'Succeeded' && over.stand.phase !== 'RolledBack';
  if (isKept || files.length === 0) return over;
  const forgetting = new Map(files.map(({ member }) => [member.name, forgotten(member)]));
  return { ...over, moves: joined(over.moves, forgetting) };
}

function forgotten({ status }: Member): Move {
  const { systemd, ...rest } = status;
  if (systemd === undefined) return { status };
  const { original: _original, proxyMode: _proxyMode, ...kept } = systemd;
  return { status: { ...rest, systemd: kept } };
}
