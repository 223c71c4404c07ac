// Calico, installed by manifest, by the Tigera operator, or as one half of canal.
import { derive, deriveFrom, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import type { CalicoFacts, Installed } from './cni.ts';
import { scalarText, textAt } from './fields.ts';
import { parsedImageVersion } from './image.ts';
import { containersOf, installed } from './installed.ts';
import type { DaemonSet, Deployment } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

export function isCalico(one: DaemonSet): boolean {
  return one.metadata.name === 'calico-node' || containersOf(one).some(({ name }) => name === 'calico-node');
}

export function calicoFacts(snapshot: Snapshot, daemonSets: readonly DaemonSet[]): CalicoFacts | undefined {
  const daemonSet = daemonSets.find(isCalico);
  if (daemonSet === undefined) return undefined;
  const { installations, felixConfigurations } = snapshot.custom;
  const installation = derive(
    [installations],
    (all) => (all.find(({ metadata }) => metadata.name === 'default') ?? all[0])?.spec,
  );
  const owned = daemonSet.metadata.ownerReferences?.some(({ kind }) => kind === 'Installation') === true;
  const base = installed(
    daemonSet,
    containersOf(daemonSet).find(({ name }) => name === 'calico-node'),
  );
  const datastore = datastoreOf(base);
  return {
    ...base,
    version: versionOf(base),
    datastore,
    managedBy: owned || daemonSet.metadata.namespace === 'calico-system' ? 'operator' : 'manifest',
    felix:
      datastore === 'etcd'
        ? unseen('Calico keeps its FelixConfigurations in etcd (calicoctl get felixconfiguration -o yaml)')
        : derive([felixConfigurations], (all) =>
            Object.fromEntries(all.map(({ metadata, spec }) => [metadata.name, spec ?? {}] as const)),
          ),
    installation,
    operatorVersion: deriveFrom([snapshot.deployments], operatorVersion),
    linuxDataplane: derive([installation], (spec) =>
      spec === undefined ? undefined : (textAt(spec, ['calicoNetwork', 'linuxDataplane']) ?? 'Iptables'),
    ),
  };
}

function operatorVersion(deployments: readonly Deployment[]): CalicoFacts['operatorVersion'] {
  const image = deployments.find(({ metadata }) => metadata.name === 'tigera-operator')?.spec?.template?.spec
    ?.containers?.[0]?.image;
  return image === undefined ? known(undefined) : parsedImageVersion(image);
}

/** calico-etcd.yaml gives ETCD_ENDPOINTS from a ConfigMap; the other manifests and the operator say DATASTORE_TYPE=kubernetes. */
function datastoreOf({ env, envElsewhere }: Installed): CalicoFacts['datastore'] {
  const hasEtcd = env['ETCD_ENDPOINTS'] !== undefined || envElsewhere.includes('ETCD_ENDPOINTS');
  return (env['DATASTORE_TYPE'] ?? (hasEtcd ? 'etcdv3' : 'kubernetes')) === 'kubernetes' ? 'kubernetes' : 'etcd';
}

/** cnx-node is Calico Enterprise, whose 3.20 is not Calico's. */
function versionOf({ image, version }: Installed): Known<Version> {
  return /\/cnx-node[:@]/.test(image)
    ? unseen(`${image} is Calico Enterprise, which counts its versions differently`)
    : version;
}

/** Felix's environment: names count without regard to case (felix/config/env_var_loader.go). undefined where nothing is set. */
export function felixEnv({ env, envElsewhere }: CalicoFacts, field: string): Known<string | undefined> {
  const wanted = `felix_${field}`.toLowerCase();
  const elsewhere = envElsewhere.find((name) => name.toLowerCase() === wanted);
  if (elsewhere !== undefined)
    return unseen(`the value of ${elsewhere} in calico-node's environment comes from elsewhere`);
  const entry = Object.entries(env).find(([name, value]) => name.toLowerCase() === wanted && value !== '');
  return known(entry?.[1]);
}

/**
 * A Felix setting on one node, as it is written: the environment wins over FelixConfiguration `node.<name>`, which wins over `default`
 * (felix/config: environment, local file, per-host datastore, global datastore). undefined where nobody sets it.
 */
export function felixValue(calico: CalicoFacts, node: string, field: string): Known<unknown> {
  return deriveFrom([felixEnv(calico, field)], (fromEnv): Known<unknown> => {
    if (fromEnv !== undefined) return known(fromEnv);
    return derive([calico.felix], (felix) => felix[`node.${node}`]?.[field] ?? felix['default']?.[field]);
  });
}

/** The same for a setting that is one word or number. */
export function felixSetting(calico: CalicoFacts, node: string, field: string): Known<string | undefined> {
  return derive([felixValue(calico, node, field)], scalarText);
}
