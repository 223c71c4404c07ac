// Which networks are there, from DaemonSets, ConfigMaps and custom resources.
import { derive, deriveFrom, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import { calicoFacts } from './calico-facts.ts';
import type { AntreaFacts, CiliumFacts, CniFacts, FlannelFacts, Installed } from './cni.ts';
import { at, parseFields, textAt } from './fields.ts';
import type { Fields } from './fields.ts';
import { containersOf, findInstalled } from './installed.ts';
import type { ConfigMap, DaemonSet } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

export function cniFacts(snapshot: Snapshot): Known<CniFacts> {
  return derive([snapshot.daemonSets], (all) => {
    // A name is anybody's to give. What programs a node's network is on that network, which is nobody's to take: all of these are.
    const daemonSets = all.filter(({ spec }) => spec?.template?.spec?.hostNetwork === true);
    const one = (...names: readonly string[]): Installed | undefined => findInstalled(daemonSets, names);
    const flannel = flannelFacts(snapshot, daemonSets);
    const facts = {
      calico: calicoFacts(snapshot, daemonSets),
      flannel,
      cilium: ciliumFacts(snapshot, daemonSets),
      antrea: antreaFacts(snapshot, daemonSets),
      kubeRouter: one('kube-router'),
      weave: one('weave-net'),
      kubeOvn: one('kube-ovn-cni'),
      awsVpc: findInstalled(daemonSets, ['aws-node'], 'aws-node'),
      azureNpm: one('azure-npm'),
    };
    const found = Object.entries(facts).filter(([, value]) => value !== undefined);
    return {
      ...facts,
      canal: facts.calico !== undefined && flannel?.daemonSet === facts.calico.daemonSet,
      ovnKubernetes: ovnKubernetes(snapshot, daemonSets),
      names: found.map(([name]) => NAMES[name as keyof typeof NAMES]),
    };
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

/** The value of one key of a ConfigMap; undefined where neither exists. */
function configValue(snapshot: Snapshot, name: string, key: string): Known<string | undefined> {
  const fact: Known<ConfigMap | undefined> = snapshot.configMaps[name] ?? unseen(`ConfigMap ${name} was not read`);
  return derive([fact], (configMap) => configMap?.data?.[key]);
}

function flannelFacts(snapshot: Snapshot, daemonSets: readonly DaemonSet[]): FlannelFacts | undefined {
  const daemonSet = daemonSets.find(
    (one) =>
      one.metadata.name.startsWith('kube-flannel') ||
      containersOf(one).some(
        ({ name, image }) => name === 'kube-flannel' || /\/(?:mirrored-)?flannel:/.test(image ?? ''),
      ),
  );
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
  const found = findInstalled(daemonSets, ['cilium', 'anetd'], 'cilium-agent');
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
  const found = findInstalled(daemonSets, ['antrea-agent'], 'antrea-agent');
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
