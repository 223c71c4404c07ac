// Where kube-proxy runs, in which version, and what its configuration says. From listed objects alone.
import { configPath, runsKubeProxy, words } from '../../kubeproxy/command-line.ts';
import { locate } from '../../kubeproxy/locate.ts';
import type { Probed } from './node-facts.ts';
import type { Wanted } from '../../kubeproxy/locate.ts';
import { flagText } from '../../kubeproxy/proxy-flags.ts';
import { charsOf } from '../../kubeproxy/systemd-words.ts';
import { effectiveMode } from '../../kubeproxy/versions.ts';
import { derive, deriveFrom, firstKnown, known, knownOr, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { KubeProxyFacts, KubeProxyPlace, ProxyConfigFacts } from './cluster.ts';
import { readConfigFacts } from './config-facts.ts';
import { configOfWords } from './flag-config.ts';
import { hostDaemonSets } from './host-daemon-sets.ts';
import { imageVersion, readVersion } from './image.ts';
import type { ReadVersion } from './node.ts';
import type { ConfigMap, Container, DaemonSet, NodeObject, Pod } from './objects.ts';
import { plannedConfigs } from './planned-config.ts';
import type { PlannedInput } from './planned-config.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * What a person said about kube-proxy. `configText`: its configuration file where that is in no ConfigMap (systemd). `words`: program and
 * arguments of its next start where it runs in no pod, variables put in.
 * `change`: spec.config, what the migration writes into that file along with the mode.
 */
export type FactsOptions = {
  readonly wanted?: Wanted | undefined;
  readonly configText?: Known<string> | undefined;
  readonly words?: Known<readonly string[]> | undefined;
  readonly change?: PlannedInput['change'];
  readonly probed?: Probed;
};

export function kubeProxyFacts(
  snapshot: Snapshot,
  { wanted, configText: given, words: wordsOfUnit, change }: FactsOptions,
): KubeProxyFacts {
  const seen = derive([snapshot.pods, snapshot.nodes], (all, nodes) => linuxProxyPods(all, nodes));
  // What the units run was said by them: no pod, whoever made it, has a say in it.
  const place = wordsOfUnit === undefined ? placeOf(snapshot, wanted, seen) : known(withoutDaemonSet(snapshot, []));
  const pods = derive([seen], (all) => all.filter((pod) => isAt(pod, place)));
  const container = deriveFrom([place], containerOf);
  const version = firstKnown<ReadVersion>(
    deriveFrom([container], ({ image }) => imageVersion(image)),
    derive([snapshot.serverVersion], readVersion),
  );
  const configMap = deriveFrom([place], (where) => configMapOf(snapshot, where));
  const configText = given ?? deriveFrom([place, configMap], configTextOf);
  const config = firstKnown(deriveFrom([configText], readConfigFacts), deriveFrom([container], flagConfig));
  const flags = wordsOfUnit ?? derive([container], words);
  const writtenMode = firstKnown(
    derive([config], ({ read }) => read.mode),
    deriveFrom([place, flags], flagMode),
  );
  return {
    place,
    version,
    configMap,
    configText,
    config,
    planned: plannedConfigs({ text: configText, config, version, change }),
    writtenMode,
    configuredMode: derive([writtenMode, version], (mode, { text }) => effectiveMode(mode, text)),
    words: flags,
    pods,
    apiServer: deriveFrom([place], (where) => apiServerOf(snapshot, where)),
  };
}

function linuxProxyPods(pods: readonly Pod[], nodes: readonly NodeObject[]): readonly Pod[] {
  const windows = new Set(nodes.filter((node) => osOf(node) === 'windows').map(({ metadata }) => metadata.name));
  return pods.filter((pod) => isProxyPod(pod) && !windows.has(pod.spec?.nodeName ?? ''));
}

export function osOf(node: NodeObject): 'linux' | 'windows' {
  const os = node.metadata.labels?.['kubernetes.io/os'] ?? node.status?.nodeInfo?.operatingSystem;
  return os === 'windows' ? 'windows' : 'linux';
}

function isProxyPod({ spec }: Pod): boolean {
  return spec?.hostNetwork === true && spec.containers?.some(runsKubeProxy) === true;
}

/** Another namespace's pods with a kube-proxy in them are not the DaemonSet's; beside units there are none. */
function isAt({ metadata }: Pod, place: Known<KubeProxyPlace>): boolean {
  if (!place.known) return true;
  if (place.value.kind === 'daemonSet') return metadata.namespace === place.value.located.namespace;
  return place.value.kind === 'unresolved' || place.value.kind === 'staticPods';
}

/** Without a name, what a template says is not enough: anybody may write one with a kube-proxy in it. */
function eligible(snapshot: Snapshot, wanted: Wanted | undefined): Known<readonly DaemonSet[]> {
  if (wanted === undefined) return hostDaemonSets(snapshot);
  const { namespace, name } = wanted;
  return derive([snapshot.daemonSets], (all) =>
    all.filter(({ metadata }) => metadata.name === name && (metadata.namespace ?? 'default') === namespace),
  );
}

function placeOf(snapshot: Snapshot, wanted: Wanted | undefined, pods: Known<readonly Pod[]>): Known<KubeProxyPlace> {
  return deriveFrom([eligible(snapshot, wanted)], (daemonSets) => {
    const found = locate(daemonSets, wanted);
    if (found.kind === 'located') {
      const daemonSet = daemonSets.find(
        ({ metadata }) => metadata.name === found.daemonSet && (metadata.namespace ?? 'default') === found.namespace,
      );
      const container = daemonSet?.spec?.template?.spec?.containers?.find(({ name }) => name === found.container);
      if (daemonSet !== undefined && container !== undefined)
        return known({ kind: 'daemonSet', daemonSet, container, located: found });
    } else if (found.reason !== 'KubeProxyNotFound' || wanted !== undefined) {
      return known({ kind: 'unresolved', problem: found, daemonSet: daemonSets.find(hasProxy) });
    }
    return deriveFrom([pods], (own) => known(withoutDaemonSet(snapshot, own)));
  });
}

function hasProxy({ spec }: DaemonSet): boolean {
  return spec?.template?.spec?.containers?.some(runsKubeProxy) === true;
}

function withoutDaemonSet(snapshot: Snapshot, pods: readonly Pod[]): KubeProxyPlace {
  if (pods.length > 0) return { kind: 'staticPods', pods };
  const readings = Object.entries(snapshot.readings);
  const answering = readings.filter(([, { proxyMode }]) => proxyMode.known).map(([node]) => node);
  return answering.length > 0 ? { kind: 'onNodes', answering } : { kind: 'absent', asked: readings.length > 0 };
}

function containerOf(place: KubeProxyPlace): Known<Container> {
  switch (place.kind) {
    case 'daemonSet':
      return known(place.container);
    case 'unresolved':
      return knownOr(place.daemonSet?.spec?.template?.spec?.containers?.find(runsKubeProxy), place.problem.message);
    case 'staticPods':
      return knownOr(place.pods[0]?.spec?.containers?.find(runsKubeProxy), 'kube-proxy has no container');
    case 'onNodes':
    case 'absent':
      return unseen('kube-proxy runs in no pod');
  }
}

function configMapOf(snapshot: Snapshot, place: KubeProxyPlace): Known<ConfigMap> {
  if (place.kind === 'unresolved') return unseen(place.problem.message);
  if (place.kind !== 'daemonSet') return unseen("kube-proxy's configuration is not in a ConfigMap");
  const name = `${place.located.namespace}/${place.located.configMap}`;
  const fact = snapshot.configMaps[name] ?? unseen(`ConfigMap ${name} was not read`);
  return deriveFrom([fact], (configMap) => knownOr(configMap, `ConfigMap ${name} does not exist`));
}

function configTextOf(place: KubeProxyPlace, configMap: ConfigMap): Known<string> {
  const key = place.kind === 'daemonSet' ? place.located.key : '';
  return knownOr(configMap.data?.[key], `ConfigMap ${configMap.metadata.name} has no key ${key}`);
}

/** Flags count only where there is no --config. */
function flagConfig(container: Container): Known<ProxyConfigFacts> {
  return configPath(container) === undefined
    ? configOfWords(words(container))
    : unseen("kube-proxy's configuration file was not read");
}

/** The flag counts only where there is no --config: the file wins over all flags but a few (cmd/kube-proxy/app/options.go). */
function flagMode(place: KubeProxyPlace, all: readonly string[]): Known<string> {
  const container = containerOf(place);
  const file = container.known
    ? configPath(container.value)
    : flagText(
        all.map((word) => charsOf(word)),
        'config',
      );
  if (file !== undefined) return unseen("kube-proxy's configuration file was not read");
  for (const [index, word] of all.entries()) {
    if (word === '--proxy-mode') return known(all[index + 1] ?? '');
    if (word.startsWith('--proxy-mode=')) return known(word.slice('--proxy-mode='.length));
  }
  return known('');
}

/** In the ConfigMap with the configuration (kubeadm), or in another one mounted beside it (EKS). */
function apiServerOf(snapshot: Snapshot, place: KubeProxyPlace): Known<string> {
  if (place.kind !== 'daemonSet') return unseen("kube-proxy's kubeconfig is not in a ConfigMap");
  const names = (place.daemonSet.spec?.template?.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
  const texts = names.flatMap((name) => {
    const fact = snapshot.configMaps[`${place.located.namespace}/${name}`];
    return fact?.known === true ? Object.values(fact.value?.data ?? {}) : [];
  });
  const server = texts
    .map((text) => /^[ \t]*(?:- )?server:[ \t]*["']?([^\s"']+)/m.exec(text)?.[1])
    .find((one) => one !== undefined);
  return knownOr(server, "no ConfigMap of kube-proxy's pods holds its kubeconfig");
}
