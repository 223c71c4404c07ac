// What one pass knows of kube-proxies that are units of systemd, in the same shape as of pods. Units are looked at in the
// background (unit-watch.ts); no request leaves from here.
import type { ProxyMode } from '../api/fields.ts';
import { PROXY_MODES } from '../api/fields.ts';
import type { ConfigChange } from '../kubeproxy/config-edit.ts';
import { readConfig } from '../kubeproxy/config-read.ts';
import { effectiveMode } from '../kubeproxy/versions.ts';
import { selects } from '../rollout/label-selector.ts';
import { inTransit } from '../rollout/member.ts';
import { compareNames } from '../rollout/order.ts';
import type { Blocked, MigrationFacts, NodeRecord, Observed, PodFacts } from '../rollout/observed.ts';
import { editPlace, keptOf } from '../systemd/edit-place.ts';
import type { UnitPlace } from '../systemd/unit-place.ts';
import { rivalOf } from './rival.ts';
import { blocked, nodeVersion, recordsOf, unreadable, type Sources } from './sources.ts';
import { unitFacts } from './unit-facts.ts';
import { intentOf, unitsAt } from './unit-intent.ts';
import { unitNodes, type UnitNode } from './unit-nodes.ts';
import type { SeenUnit } from './unit-watch.ts';

/** A record holds the original of a node's configuration file. */
const LARGEST_FILE = 32_768;
const NAMED = 3;

export async function observeUnits(
  migration: MigrationFacts,
  from: Sources,
  signal: AbortSignal,
): Promise<Observed | Blocked> {
  const where = unitsAt(migration, from.namespace);
  const configMaps = from.kubeProxy.configMap(migration.name, where);
  const unread = await unreadable(migration, [from.nodes, from.records, configMaps], from, signal);
  if (unread !== undefined) return unread;
  const now = from.clock.now();
  const version = nodeVersion(from.nodes);
  const nodes = unitNodes(from.nodes.list(), migration.spec, from.units, now);
  const records = recordsOf(migration, from.records.list());
  const ours = nodes.filter(
    ({ facts }) => records.has(facts.name) || selects(migration.spec.nodeSelector, facts.labels),
  );
  from.units.watch(new Map(ours.map(({ facts: { name } }) => [name, isHurried(records.get(name))])));
  const waiting = firstLook(ours, from.units);
  if (waiting !== undefined) return waiting;
  const seen = new Map(ours.flatMap(({ facts: { name } }) => entry(name, from.units.look(name)?.seen)));
  const modes = [...seen.values()].map((unit) => modeOf(unit, version));
  const configMap = intentOf(migration, where, configMaps, modes);
  if ('kind' in configMap) return configMap;
  const change = { mode: migration.spec.mode, ...withConfig(migration) };
  const pods = podsOf(seen, { migration, records, change, units: from.units });
  const isBegun = migration.status.config?.appliedAt !== undefined;
  const unfit = isBegun ? undefined : unfitFor({ ours, seen, pods, change, version, from, records });
  if (unfit !== undefined) return unfit;
  const config = readConfig(configMap.text);
  return {
    kind: 'observed',
    watched: from.sight.spans,
    now,
    ownNode: from.ownNode,
    migration,
    rival: rivalOf(migration, where, from.migrations.list(), []),
    kubeProxy: { ...where, daemonSet: [...seen.values()][0]?.place.unit ?? where.daemonSet },
    daemonSetRolling: false,
    configMap,
    ...previewOf(seen, change),
    configMode: config.kind === 'problem' ? undefined : effectiveMode(config.mode, version),
    configProblem: config.kind === 'problem' ? config.message : undefined,
    metricsPort: 10249,
    featureGates: commonGates(seen),
    nodes: nodes.map(({ facts }) => facts),
    pods,
    records,
    probe: (pod) => from.prober.facts(pod),
    lastWords: (pod) => from.prober.lastWords(pod),
    survey: (question) => from.surveyor.survey(question),
    task: (task) => from.tasks.result(task),
    trial: (task) => from.trials.result(task),
  };
}

function firstLook(ours: readonly UnitNode[], units: Sources['units']): Blocked | undefined {
  const unseen = ours.filter((node) => mustAnswer(node) && units.look(node.facts.name) === undefined);
  if (unseen.length === 0) return undefined;
  const message = `looking at the unit of kube-proxy on every node: ${ours.length - unseen.length} of ${ours.length}`;
  return { ...blocked('Planning', message), passing: true };
}

/** Of a node that is NotReady nothing is expected. Whether one without a Node object is there, only an answer can tell. */
function mustAnswer({ facts, isOnlyListed }: UnitNode): boolean {
  return isOnlyListed || facts.ready;
}

function isHurried(record: NodeRecord | undefined): boolean {
  return record !== undefined && inTransit(record);
}

function entry<T>(name: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[name, value]];
}

/** What the file asks for; '' stands for a mode that is not set. */
function modeOf({ facts }: SeenUnit, version: string): string {
  return effectiveMode(facts.config.kind === 'config' ? facts.config.mode : '', version);
}

/** That of the first node, by name: files of one cluster differ in names and addresses only. */
function previewOf(seen: ReadonlyMap<string, SeenUnit>, change: ConfigChange): Pick<Observed, 'preview'> {
  const [first] = [...seen].toSorted(([a], [b]) => compareNames(a, b));
  const file = first?.[1].facts.file;
  if (first === undefined || file?.kind !== 'file') return {};
  const [node, { place }] = first;
  const edit = editPlace(place, file.text, change);
  const name = `${node}:${place.file}`;
  if (edit.kind === 'problem') return {};
  if (place.holds === 'config') return { preview: { name, before: file.text, after: edit.text } };
  return { preview: { name, before: flagLine(place, file.text), after: flagLine(place, edit.text) } };
}

/** Nothing else of an options file: it is the environment of a process, and may hold secrets, also on the same line. */
function flagLine(place: UnitPlace, text: string): string {
  const { proxyMode = '' } = keptOf(place, text);
  return proxyMode === '' ? '' : `--proxy-mode=${proxyMode}\n`;
}

/** A gate counts where every node has it. */
function commonGates(seen: ReadonlyMap<string, SeenUnit>): Readonly<Record<string, boolean>> {
  const all = [...seen.values()].map(({ facts }) => (facts.config.kind === 'config' ? facts.config.featureGates : {}));
  const [first = {}, ...others] = all;
  const common = Object.entries(first).filter(([gate, value]) => others.every((gates) => gates[gate] === value));
  return Object.fromEntries(common);
}

function withConfig({ spec: { config } }: MigrationFacts): Pick<ConfigChange, 'config'> {
  return config === undefined ? {} : { config };
}

/** The mode nodes go back to, as a file may have it. */
export function oldModeOf({ status }: MigrationFacts): ProxyMode | undefined {
  return PROXY_MODES.find((one) => one === status.config?.originalMode);
}

type Around = {
  readonly migration: MigrationFacts;
  readonly records: ReadonlyMap<string, NodeRecord>;
  readonly change: ConfigChange;
  readonly units: Sources['units'];
};

function podsOf(seen: ReadonlyMap<string, SeenUnit>, { migration, records, change, units }: Around) {
  const oldMode = oldModeOf(migration);
  return new Map(
    [...seen].map(([node, unit]): [string, PodFacts] => {
      const status = records.get(node)?.status ?? {};
      return [node, unitFacts(unit, { node, status, change, oldMode }, units)];
    }),
  );
}

type Candidates = {
  readonly ours: readonly UnitNode[];
  readonly seen: ReadonlyMap<string, SeenUnit>;
  readonly pods: ReadonlyMap<string, PodFacts>;
  readonly change: ConfigChange;
  readonly version: string;
  readonly from: Sources;
  readonly records: ReadonlyMap<string, NodeRecord>;
};

/** Found out before anything is begun: every node's file must be one that can be edited, and be what its kube-proxy runs. */
function unfitFor({ ours, seen, pods, change, version, from, records }: Candidates): Blocked | undefined {
  const unread = ours.flatMap((node) => {
    const { name } = node.facts;
    const look = from.units.look(name);
    const isRead = look?.seen !== undefined && (look.answers || !node.isOnlyListed);
    return isRead || !mustAnswer(node) ? [] : [`${name}: ${look?.problem ?? 'not looked at'}`];
  });
  if (unread.length > 0)
    return blocked(
      'NodesUnreadable',
      `nothing was changed, because kube-proxy's unit could not be read on ${list(unread)}; nodes without one can be left out by spec.nodeSelector, machines without a Node object by taking them out of spec.kubeProxy.systemd.nodes`,
    );
  const wrong = [...seen].flatMap(([name, unit]) => {
    const why = wrongWith(unit, change);
    return why === undefined ? [] : [`${name}: ${why}`];
  });
  if (wrong.length > 0) return blocked('ConfigUnparsable', `nothing was changed: ${list(wrong)}`);
  const stale = [...seen].flatMap(([name, unit]) => {
    const pod = pods.get(name);
    const runs = pod === undefined ? undefined : from.prober.facts(pod)?.readings.at(-1)?.mode;
    const says = modeOf(unit, version);
    const isNew = records.get(name)?.status.before === undefined;
    return isNew && runs !== undefined && runs !== says
      ? [`${name}: ${unit.place.file} says ${says}, but its kube-proxy runs ${runs}`]
      : [];
  });
  if (stale.length === 0) return undefined;
  return blocked('InvalidSpec', `nothing was changed: ${list(stale)}; restart kube-proxy there, or correct the file`);
}

function wrongWith({ place, facts: { file } }: SeenUnit, change: ConfigChange): string | undefined {
  if (file.kind === 'problem') return file.message;
  if (place.holds === 'config' && file.text.length > LARGEST_FILE)
    return `${place.file} has ${file.text.length} characters; at most ${LARGEST_FILE} can be remembered`;
  const edit = editPlace(place, file.text, change);
  return edit.kind === 'problem' ? `${place.file}: ${edit.message}` : undefined;
}

function list(all: readonly string[]): string {
  const more = all.length > NAMED ? `; and ${all.length - NAMED} more node(s)` : '';
  return `${all.slice(0, NAMED).join('; ')}${more}`;
}
