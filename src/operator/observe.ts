// Everything one pass knows, read from the caches: no request leaves from here. What cannot be observed becomes a
// `Blocked` with its reason, which the status then shows.
import type { Cache } from 'kopf-ts';
import type { ProxyModeMigration } from '../api/kinds.ts';
import { ANNOTATION_RETRY, FINALIZER } from '../api/names.ts';
import { readConfig } from '../kubeproxy/config-read.ts';
import { locate, type Located, type LocateProblem, type Wanted } from '../kubeproxy/locate.ts';
import { locateByFlags } from '../kubeproxy/locate-flags.ts';
import { effectiveMode } from '../kubeproxy/versions.ts';
import { asAssistant, isAssist } from '../rollout/assist-spec.ts';
import type { Blocked, MigrationFacts, Observed } from '../rollout/observed.ts';
import { observeUnits } from './observe-units.ts';
import { configMapFacts, madeBy, nodeFacts, podsByNode } from './project.ts';
import { rivalOf } from './rival.ts';
import type { ConfigMapObject, DaemonSetObject, NodeObject } from './resources.ts';
import { blocked, nodeVersion, recordsOf, unreadable, type Sources } from './sources.ts';

const DEFAULT_NAMESPACE = 'kube-system';

export type Seen = { readonly migration: MigrationFacts; readonly world: Observed | Blocked };

export async function observe(object: ProxyModeMigration, from: Sources, signal: AbortSignal): Promise<Seen> {
  const migration = migrationFacts(object);
  if (migration.spec.kubeProxy?.type === 'Systemd')
    return { migration, world: await observeUnits(migration, from, signal) };
  const wanted = wantedOf(migration);
  const daemonSets = from.kubeProxy.daemonSets(migration.name, wanted?.namespace ?? DEFAULT_NAMESPACE);
  const unread = await unreadable(migration, [from.nodes, from.records, daemonSets], from, signal);
  if (unread !== undefined) return { migration, world: unread };
  const found = locate(daemonSets.list(), wanted);
  // A mode that is a flag of the pod template cannot be edited, but be looked at.
  const byFlags =
    found.kind === 'problem' && isAssist(migration.spec) ? locateByFlags(daemonSets.list(), wanted) : undefined;
  if (byFlags !== undefined) {
    const { located, config } = byFlags;
    const flags = flagsSource(config, migration.spec.mode);
    return {
      migration,
      world: await around(migration, located, from, { daemonSets, signal, source: async () => flags }),
    };
  }
  if (found.kind === 'problem') return { migration, world: notFound(found, migration) };
  const source = (): Promise<ConfigSource | Blocked> => configMapSource(migration, found, from, signal);
  return { migration, world: await around(migration, found, from, { daemonSets, signal, source }) };
}

/** Where kube-proxy was found when the migration began is where it stays: another DaemonSet that appears changes nothing. */
function wantedOf({ spec, status }: MigrationFacts): Wanted | undefined {
  if (spec.kubeProxy?.type === 'Systemd') return undefined;
  const begun = status.startedAt === undefined ? undefined : status.kubeProxy;
  if (begun === undefined) return spec.kubeProxy?.daemonSet;
  const { namespace, daemonSet: name, configMap, key } = begun;
  // Its owner may give the pods another ConfigMap instead of another text (Talos, Gardener).
  if (isAssist(spec)) return spec.kubeProxy?.daemonSet ?? { namespace, name };
  return { namespace, name, configMap, key };
}

function notFound({ reason, message }: LocateProblem, { spec }: MigrationFacts): Blocked {
  const isElsewhere = isAssist(spec) && reason === 'KubeProxyNotFound';
  const also =
    'Strategy Assist watches pods of a DaemonSet only; `kubectl proxymode assess` shows what each node runs.';
  return blocked(reason, isElsewhere ? `${message} ${also}` : message);
}

/** What a kube-proxy that starts now will read. */
type ConfigSource = Pick<Observed, 'configMap' | 'preview'> & { readonly config: ReturnType<typeof readConfig> };

async function configMapSource(
  migration: MigrationFacts,
  kubeProxy: Located,
  from: Sources,
  signal: AbortSignal,
): Promise<ConfigSource | Blocked> {
  const configMaps = from.kubeProxy.configMap(migration.name, kubeProxy);
  const unread = await unreadable(migration, [configMaps], from, signal);
  if (unread !== undefined) return unread;
  const { namespace, configMap: name, key } = kubeProxy;
  const object = configMaps.get({ namespace, name });
  const configMap = object === undefined ? undefined : configMapFacts(object, key);
  if (object !== undefined && configMap !== undefined) return { configMap, config: parsed(object, configMap.text) };
  const what = object === undefined ? 'does not exist' : `has no key ${key}`;
  return blocked(
    'ConfigMapNotFound',
    `ConfigMap ${namespace}/${name}, which DaemonSet ${kubeProxy.daemonSet} reads, ${what}`,
  );
}

/** Flags in the form of the file they stand for; what a person is shown is the flag. */
function flagsSource(config: ReturnType<typeof readConfig>, target: string): ConfigSource {
  const mode = config.kind === 'problem' ? '' : config.mode;
  const text = `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${JSON.stringify(mode)}\n`;
  const before = mode === '' ? '' : `--proxy-mode=${mode}\n`;
  const preview = { name: 'command-line', before, after: `--proxy-mode=${target}\n` };
  return { configMap: { text, resourceVersion: '', lastWriter: undefined }, config, preview };
}

type Around = {
  readonly daemonSets: Cache<DaemonSetObject>;
  readonly signal: AbortSignal;
  readonly source: () => Promise<ConfigSource | Blocked>;
};

async function around(
  migration: MigrationFacts,
  kubeProxy: Located,
  from: Sources,
  { daemonSets, signal, source }: Around,
): Promise<Observed | Blocked> {
  const podCache = from.kubeProxy.pods(migration.name, kubeProxy);
  const [unread, read] = await Promise.all([unreadable(migration, [podCache], from, signal), source()]);
  if (unread !== undefined) return unread;
  if ('kind' in read) return read;
  const { config, configMap, preview } = read;
  const daemonSet = daemonSets.get({ namespace: kubeProxy.namespace, name: kubeProxy.daemonSet });
  const now = from.clock.now();
  const nodes = from.nodes.list().map((node) => nodeFacts(node, now));
  return {
    kind: 'observed',
    watched: from.sight.spans,
    now,
    ownNode: from.ownNode,
    migration,
    rival: rivalOf(migration, kubeProxy, from.migrations.list(), daemonSets.list()),
    kubeProxy,
    daemonSetRolling: isRolling(daemonSet),
    configMap,
    ...(preview === undefined ? {} : { preview }),
    configMode: config.kind === 'problem' ? undefined : effectiveMode(config.mode, versionHint(kubeProxy, from.nodes)),
    configProblem: config.kind === 'problem' ? config.message : undefined,
    metricsPort: config.kind === 'problem' ? 10249 : config.metricsPort,
    featureGates: config.kind === 'problem' ? {} : config.featureGates,
    nodes,
    pods: podsByNode(podCache.list().filter(madeBy(daemonSet?.metadata)), kubeProxy.container),
    records: recordsOf(migration, from.records.list()),
    probe: (pod) => from.prober.facts(pod),
    lastWords: (pod) => from.prober.lastWords(pod),
    survey: (question) => from.surveyor.survey(question),
    task: (task) => from.tasks.result(task),
    trial: (task) => from.trials.result(task),
  };
}

export function migrationFacts({ metadata, spec, status = {} }: ProxyModeMigration): MigrationFacts {
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    hasFinalizer: metadata.finalizers?.includes(FINALIZER) ?? false,
    retry: metadata.annotations?.[ANNOTATION_RETRY]?.slice(0, 256),
    spec: asAssistant(spec),
    status,
  };
}

function isRolling(daemonSet: DaemonSetObject | undefined): boolean {
  if (daemonSet?.status === undefined || daemonSet.spec?.updateStrategy?.type === 'OnDelete') return false;
  const { observedGeneration = 0, updatedNumberScheduled = 0, desiredNumberScheduled = 0 } = daemonSet.status;
  return observedGeneration < (daemonSet.metadata.generation ?? 0) || updatedNumberScheduled < desiredNumberScheduled;
}

/** The ConfigMap hardly ever changes, but every reading of every node asks for it. */
const PARSED = new WeakMap<
  ConfigMapObject,
  { readonly text: string; readonly config: ReturnType<typeof readConfig> }
>();

function parsed(object: ConfigMapObject, text: string): ReturnType<typeof readConfig> {
  const known = PARSED.get(object);
  if (known?.text === text) return known.config;
  const config = readConfig(text);
  PARSED.set(object, { text, config });
  return config;
}

/** What an unset mode means depends on the version. */
function versionHint({ image }: Located, nodes: Cache<NodeObject>): string {
  const tag = /:(v?\d+\.\d+[^@]*)/.exec(image)?.[1];
  return tag ?? nodeVersion(nodes);
}
