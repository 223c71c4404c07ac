// Which networks are there, from DaemonSets, ConfigMaps and custom resources.
import { derive, deriveFrom, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import { calicoFacts, isCalico } from './calico-facts.ts';
import type { AntreaFacts, CiliumFacts, CniFacts, FlannelFacts, Installed } from './cni.ts';
import { at, parseFields, textAt } from './fields.ts';
import type { Fields } from './fields.ts';
import { hostDaemonSets } from './host-daemon-sets.ts';
import { containersOf, findInstalled } from './installed.ts';
import type { ConfigMap, DaemonSet } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

export function cniFacts(snapshot: Snapshot): Known<CniFacts> {
  return deriveFrom([hostDaemonSets(snapshot)], (daemonSets) => {
    const doubt = rivals(daemonSets);
    if (doubt !== undefined) return unseen(doubt);
    const one = (isIt: Recogniser): Installed | undefined => findInstalled(daemonSets, isIt);
    const flannel = flannelFacts(snapshot, daemonSets);
    const facts = {
      calico: calicoFacts(snapshot, daemonSets),
      flannel,
      cilium: ciliumFacts(snapshot, daemonSets),
      antrea: antreaFacts(snapshot, daemonSets),
      kubeRouter: one(IS.kubeRouter),
      weave: one(IS.weave),
      kubeOvn: one(IS.kubeOvn),
      awsVpc: findInstalled(daemonSets, IS.awsVpc, 'aws-node'),
      azureNpm: one(IS.azureNpm),
    };
    const found = Object.entries(facts).filter(([, value]) => value !== undefined);
    return known({
      ...facts,
      canal: facts.calico !== undefined && flannel?.daemonSet === facts.calico.daemonSet,
      ovnKubernetes: ovnKubernetes(snapshot, daemonSets),
      names: found.map(([name]) => NAMES[name as keyof typeof NAMES]),
    });
  });
}

const NAMES = {
  calico: 'Calico',
  flannel: 'flannel',
  cilium: 'Cilium',
  antrea: 'Antrea',
  kubeRouter: 'kube-router',
  weave: 'Weave Net',
  kubeOvn: 'Kube-OVN',
  awsVpc: 'Amazon VPC CNI',
  azureNpm: 'Azure NPM',
} as const;

type Recogniser = (daemonSet: DaemonSet) => boolean;

const IS: Readonly<Record<keyof typeof NAMES, Recogniser>> = {
  calico: isCalico,
  flannel: isFlannel,
  cilium: called('cilium', 'anetd'),
  antrea: called('antrea-agent'),
  kubeRouter: called('kube-router'),
  weave: called('weave-net'),
  kubeOvn: called('kube-ovn-cni'),
  awsVpc: called('aws-node'),
  azureNpm: called('azure-npm'),
};

function called(...names: readonly string[]): Recogniser {
  return ({ metadata }) => names.includes(metadata.name);
}

/**
 * A network in several namespaces: which of them programs the nodes cannot be told from here, and a wrong guess may be an outage. In one
 * namespace several are one network (flannel's manifests had a DaemonSet for each architecture).
 */
function rivals(daemonSets: readonly DaemonSet[]): string | undefined {
  for (const [network, isIt] of Object.entries(IS)) {
    const found = daemonSets.filter(isIt).map(({ metadata }) => metadata);
    if (new Set(found.map(({ namespace }) => namespace)).size < 2) continue;
    const names = found.map(({ namespace = 'default', name }) => `${namespace}/${name}`).toSorted();
    return `several DaemonSets run ${NAMES[network as keyof typeof NAMES]}: ${names.slice(0, 3).join(', ')}`;
  }
  return undefined;
}

/** The value of one key of a ConfigMap; undefined where neither exists. */
function configValue(snapshot: Snapshot, name: string, key: string): Known<string | undefined> {
  const fact: Known<ConfigMap | undefined> = snapshot.configMaps[name] ?? unseen(`ConfigMap ${name} was not read`);
  return derive([fact], (configMap) => configMap?.data?.[key]);
}

function isFlannel(one: DaemonSet): boolean {
  return (
    one.metadata.name.startsWith('kube-flannel') ||
    containersOf(one).some(({ name, image }) => name === 'kube-flannel' || /\/(?:mirrored-)?flannel:/.test(image ?? ''))
  );
}

function flannelFacts(snapshot: Snapshot, daemonSets: readonly DaemonSet[]): FlannelFacts | undefined {
  const daemonSet = daemonSets.find(isFlannel);
  if (daemonSet === undefined) return undefined;
  const namespace = daemonSet.metadata.namespace ?? 'default';
  // The volume's ConfigMap is the one: canal-config in canal, rke2-canal-config in RKE2, kube-flannel-cfg otherwise.
  const mounted = (daemonSet.spec?.template?.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
  const own = mounted[0] ?? 'kube-flannel-cfg';
  const name = `${namespace}/${own}`;
  const netConf = deriveFrom([configValue(snapshot, name, 'net-conf.json')], (text): Known<Fields> =>
    text === undefined
      ? unseen(`ConfigMap ${name} has no net-conf.json`)
      : parseFields(text, `net-conf.json in ${name}`),
  );
  return {
    daemonSet,
    configMap: own,
    netConf,
    enableNFTables: derive([netConf], (conf) => conf['EnableNFTables'] === true),
  };
}

function ciliumFacts(snapshot: Snapshot, daemonSets: readonly DaemonSet[]): CiliumFacts | undefined {
  const found = findInstalled(daemonSets, IS.cilium, 'cilium-agent');
  if (found === undefined) return undefined;
  const config = configValue(snapshot, `${found.namespace}/cilium-config`, 'kube-proxy-replacement');
  const nodeOverrides = derive([snapshot.custom.ciliumNodeConfigs], (configs) =>
    Object.fromEntries(
      configs.flatMap(({ metadata, spec }) => {
        const value = textAt(spec, ['defaults', 'kube-proxy-replacement']);
        return value === undefined ? [] : [[metadata.name, value] as const];
      }),
    ),
  );
  return { ...found, kubeProxyReplacement: derive([config], (value) => value ?? 'false'), nodeOverrides };
}

function antreaFacts(snapshot: Snapshot, daemonSets: readonly DaemonSet[]): AntreaFacts | undefined {
  const found = findInstalled(daemonSets, IS.antrea, 'antrea-agent');
  if (found === undefined) return undefined;
  const name = `${found.namespace}/antrea-config`;
  const agentConfig = deriveFrom([configValue(snapshot, name, 'antrea-agent.conf')], (text): Known<Fields> =>
    text === undefined
      ? unseen(`ConfigMap ${name} has no antrea-agent.conf`)
      : parseFields(text, `antrea-agent.conf in ${name}`),
  );
  return {
    ...found,
    agentConfig,
    proxyAll: derive([agentConfig], (conf) => at(conf, ['antreaProxy', 'proxyAll']) === true),
  };
}

function ovnKubernetes({ custom }: Snapshot, daemonSets: readonly DaemonSet[]): Known<boolean> {
  if (daemonSets.some(({ metadata }) => ['ovnkube-node', 'ovn-kubernetes-node'].includes(metadata.name)))
    return known(true);
  return derive([custom.clusterNetworkOperators], (networks) =>
    networks.some(({ spec }) => textAt(spec, ['defaultNetwork', 'type']) === 'OVNKubernetes'),
  );
}
