// How systemd kube-proxies are asked, and what a preflight is told of their configuration.
import type { Known } from '../preflight/known.ts';
import { known, unseen } from '../preflight/known.ts';
import { dialHost } from '../systemd/dial.ts';
import type { Door } from './prober.ts';
import { streamThrough, type PooledShell } from './shell-pool.ts';
import type { SeenUnit, UnitWatch } from './unit-watch.ts';

export function unitDoor(units: UnitWatch, openSsh: (node: string) => Promise<PooledShell>): Door {
  return {
    dial: async ({ node }, _port, options) => {
      const config = units.look(node)?.seen?.facts.config;
      if (config?.kind !== 'config') throw new Error(`where kube-proxy on node ${node} listens is not known`);
      const shell = await openSsh(node);
      return streamThrough(shell, () => shell.dial(dialHost(config.metricsHost), config.metricsPort, options));
    },
    lastLines: ({ node }) => units.lastLines(node),
  };
}

/** That of the first node, by name: files of one cluster differ in names and addresses only. */
export function configTextOf(units: UnitWatch, nodes: readonly string[]): Known<string> {
  const seen = nodes
    .toSorted()
    .map((node) => units.look(node)?.seen)
    .find((unit) => unit !== undefined);
  return seen === undefined ? unseen("no node's unit of kube-proxy could be read") : textOf(seen);
}

/**
 * Program and arguments of a unit, for the rules that look at flags: one that has flags that mean nothing beside its --config,
 * where there is one, otherwise that of the first node, by name.
 */
export function wordsOf(units: Pick<UnitWatch, 'look'>, nodes: readonly string[]): Known<readonly string[]> {
  const places = nodes.toSorted().flatMap((node) => units.look(node)?.seen?.place ?? []);
  const place = places.find(({ voidFlags }) => voidFlags.length > 0) ?? places[0];
  return place === undefined ? unseen("no node's unit of kube-proxy could be read") : known(place.words);
}

/** Without --config flags are the configuration; rules read it as the file it stands for. */
function textOf({ place, facts: { file, config } }: SeenUnit): Known<string> {
  if (file.kind === 'problem') return unseen(file.message);
  if (place.holds === 'config') return known(file.text);
  if (config.kind === 'problem') return unseen(config.message);
  const { mode, featureGates } = config;
  const kind = 'KubeProxyConfiguration';
  return known(JSON.stringify({ apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind, mode, featureGates }));
}
