// From the first look to the edited ConfigMap. Nothing is touched before every node that shares the ConfigMap has been
// read; what a rollback needs is stored before the edit; each step is recognised by looking, so that a crash between any
// two of them only repeats what had no effect.

import { editConfig } from '../kubeproxy/config-edit.ts';
import { supportsMode } from '../kubeproxy/versions.ts';
import { baseline, type Baseline } from './baseline.ts';
import { check } from './check.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import type { Member } from './member.ts';
import { asking, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { prepare } from './prepare.ts';
import { compareNames } from './order.ts';
import { changeOf, isThird, refused, stalled, where } from './stand.ts';
import { changedByOthers } from './standing.ts';

/** Enough for any real configuration; the status must stay below 50 kB. */
const LARGEST_CONFIG = 24_576;

export function start(seen: Observed, all: readonly Member[], course: Course): Step {
  const baselines = new Map(all.map((member) => [member.name, baseline(member, course)]));
  const refusal = refuse(seen, all, course);
  if (refusal !== undefined) return only(refusal);
  const unfinished = readNodes(all, baselines);
  if (unfinished !== undefined) return { ...only(unfinished), moves: askAll(all, baselines) };
  const unknown = unknownModes(seen, all, baselines, course);
  if (unknown !== undefined) return only(unknown);
  const edit = editConfig(seen.configMap.text, changeOf(seen));
  if (edit.kind === 'problem') return only(stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`));
  const unable = versions(seen, all, baselines);
  if (unable !== undefined) return only(stalled('ModeUnsupported', unable));
  const checked = check(seen, all, course);
  if (checked.kind === 'wait') return checked.step;
  return prepare(seen, all, course, { baselines, edit, survey: checked.survey });
}

function only(stand: Stand): Step {
  return { stand, fixed: {}, moves: new Map(), again: 30_000 };
}

function refuse(seen: Observed, all: readonly Member[], course: Course): Stand | undefined {
  if (seen.rival !== undefined) {
    const message = `ProxyModeMigration ${seen.rival} works on the same kube-proxy; wait until it is finished, or delete it`;
    return stalled('Conflict', message);
  }
  if (isThird(course)) return changedByOthers(seen, all, course);
  if (!all.some((member) => member.selected)) {
    const { namespace, daemonSet } = seen.kubeProxy;
    const ofUnits = seen.migration.spec.kubeProxy?.type === 'Systemd';
    const what = ofUnits ? `unit ${daemonSet}` : `pod of DaemonSet ${namespace}/${daemonSet}`;
    const message = `no node with a kube-proxy ${what} matches spec.nodeSelector; correct the selector`;
    return stalled('NoNodesSelected', message);
  }
  if (seen.configMap.text.length > LARGEST_CONFIG) {
    return stalled(
      'ConfigTooLarge',
      `${where(seen)} has ${seen.configMap.text.length} characters; at most ${LARGEST_CONFIG} can be remembered`,
    );
  }
  if (seen.daemonSetRolling) {
    const message = `DaemonSet ${seen.kubeProxy.namespace}/${seen.kubeProxy.daemonSet} is being rolled out; waiting for its end before ${course.target} is prepared`;
    return { kind: 'progressing', phase: 'Pending', reason: 'WaitingForDaemonSet', message };
  }
  return undefined;
}

function readNodes(all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): Stand | undefined {
  const found = [...baselines.values()];
  const bad = found.filter((one) => one.kind === 'unreadable');
  const forbidden = bad.find((one) => one.forbidden);
  if (forbidden !== undefined) return refused(forbidden.message);
  if (bad.length > 0) {
    const list = bad.slice(0, 3).map((one) => one.message);
    const more = bad.length > list.length ? ` and ${bad.length - list.length} more` : '';
    return stalled(
      'NodesUnreadable',
      `nothing was changed, because /proxyMode of ${bad.length} Ready node(s) could not be read: ${list.join('; ')}${more}`,
    );
  }
  const missing = found.filter((one) => one.kind === 'reading').length;
  if (missing === 0) return undefined;
  const message = `reading the mode of every node: ${all.length - missing} of ${all.length}`;
  return { kind: 'progressing', phase: 'Pending', reason: 'Planning', message };
}

/** What nodes would have to go back to must be a mode a ConfigMap can ask for. */
const KNOWN_MODES: ReadonlySet<string> = new Set(['iptables', 'ipvs', 'nftables', 'userspace']);

function unknownModes(
  seen: Observed,
  all: readonly Member[],
  baselines: ReadonlyMap<string, Baseline>,
  course: Course,
): Stand | undefined {
  if (!KNOWN_MODES.has(course.configMode)) {
    return stalled(
      'ConfigUnparsable',
      `${where(seen)}: mode "${course.configMode.slice(0, 32)}" is none kube-proxy knows; correct it first`,
    );
  }
  const odd = all.find((member) => {
    const found = baselines.get(member.name);
    return found?.kind === 'read' && !KNOWN_MODES.has(found.reading.mode);
  });
  if (odd === undefined) return undefined;
  return stalled(
    'NodesUnreadable',
    `nothing was changed, because ${odd.name} answers a mode on /proxyMode that kube-proxy does not have`,
  );
}

function askAll(all: readonly Member[], baselines: ReadonlyMap<string, Baseline>): Map<string, Move> {
  const open = all.filter(({ name }) => ['reading', 'unreadable'].includes(baselines.get(name)?.kind ?? ''));
  return asking(open);
}

function versionOf(member: Member, found: Baseline | undefined): string | undefined {
  return found?.kind === 'read' ? found.reading.version : member.status.before?.version;
}

function versions(
  seen: Observed,
  all: readonly Member[],
  baselines: ReadonlyMap<string, Baseline>,
): string | undefined {
  const unable = all.flatMap((member) => {
    const version = versionOf(member, baselines.get(member.name));
    const why = version === undefined ? undefined : supportsMode(seen.migration.spec.mode, version, seen.featureGates);
    return why === undefined ? [] : [{ name: member.name, why }];
  });
  const first = unable.toSorted((a, b) => compareNames(a.name, b.name))[0];
  if (first === undefined) return undefined;
  const others = unable.length > 1 ? ` (and ${unable.length - 1} more)` : '';
  return `node ${first.name}${others}: ${first.why}; upgrade kube-proxy or choose another mode`;
}
