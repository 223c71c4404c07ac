// Which mode the units of a migration are to run, as one object that all of them share: a ConfigMap of the operator's own, in
// the place that kube-proxy's ConfigMap has for pods. No kube-proxy reads it. It is made with the first edit, so that a
// migration that never begins leaves nothing behind; until then its text is what it would be.
import type { Cache } from 'kopf-ts';
import type { ProxyModeMigration } from '../api/kinds.ts';
import { editConfig } from '../kubeproxy/config-edit.ts';
import type { Located } from '../kubeproxy/locate.ts';
import type { Blocked, ConfigMapFacts, MigrationFacts } from '../rollout/observed.ts';
import type { WantedUnit } from '../systemd/find-unit.ts';
import { configMapFacts } from './project.ts';
import type { ConfigMapObject } from './resources.ts';
import { blocked } from './sources.ts';

/** In the place of a resourceVersion: there is no such object. */
export const NOT_MADE_YET = '';

/** `unit` is for messages. */
export function unitsAt({ name, spec }: MigrationFacts, namespace: string): Located {
  return {
    kind: 'located',
    namespace,
    daemonSet: spec.kubeProxy?.systemd?.unit ?? 'kube-proxy.service',
    configMap: `proxymode-${name}`,
    key: 'config.conf',
    container: '',
    selector: '',
    image: '',
  };
}

/** What a person said of the units; the rest is found. */
export function wantedUnitOf(migration: ProxyModeMigration | undefined): WantedUnit {
  const { unit, configFile } = migration?.spec.kubeProxy?.systemd ?? {};
  return { ...(unit === undefined ? {} : { unit }), ...(configFile === undefined ? {} : { configFile }) };
}

/** `modes` are those the units' files ask for now. */
export function intentOf(
  migration: MigrationFacts,
  { namespace, configMap: name, key }: Located,
  configMaps: Pick<Cache<ConfigMapObject>, 'get'>,
  modes: readonly string[],
): ConfigMapFacts | Blocked {
  const where = `ConfigMap ${namespace}/${name}`;
  const object = configMaps.get({ namespace, name });
  if (object === undefined)
    return { text: textOf(migration, modes), resourceVersion: NOT_MADE_YET, lastWriter: undefined };
  const isOurs = object.metadata.ownerReferences?.some(({ uid }) => uid === migration.uid) === true;
  if (!isOurs)
    return blocked('Conflict', `${where} belongs to something else; delete it: this migration keeps its target there`);
  return (
    configMapFacts(object, key) ?? blocked('ConfigMapNotFound', `${where} has no key ${key}; delete the ConfigMap`)
  );
}

/** Somebody may have deleted it in mid-flight: then it says what the migration's status says. */
function textOf({ spec, status, deleting }: MigrationFacts, modes: readonly string[]): string {
  const { config, turnedBack } = status;
  if (config?.appliedAt === undefined) return config?.original ?? minimal(most(modes));
  if (turnedBack !== undefined || deleting) return config.original;
  const edit = editConfig(config.original, { mode: spec.mode });
  return edit.kind === 'edit' ? edit.text : config.original;
}

function minimal(mode: string): string {
  return `# Which mode systemd units of kube-proxy are to run. Written by proxymode; no kube-proxy reads it.
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ${/^[a-z]+$/.test(mode) ? mode : JSON.stringify(mode)}
`;
}

/** The one most of them have; among equals the first by name. */
function most(modes: readonly string[]): string {
  const count = (mode: string): number => modes.filter((other) => other === mode).length;
  return [...new Set(modes)].toSorted().toSorted((a, b) => count(b) - count(a))[0] ?? 'iptables';
}
