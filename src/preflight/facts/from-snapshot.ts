// The one way from what was gathered to what the rules ask.
import { words } from '../../kubeproxy/command-line.ts';
import { detectDistribution } from '../distributions/detect.ts';
import { derive, deriveFrom, firstKnown, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterFacts } from './cluster.ts';
import { cniFacts } from './cni-facts.ts';
import { parseFields, textAt } from './fields.ts';
import { isOfSystem } from './host-daemon-sets.ts';
import { readVersion } from './image.ts';
import { flagValue } from './installed.ts';
import { kubeProxyFacts } from './kube-proxy-facts.ts';
import type { FactsOptions } from './kube-proxy-facts.ts';
import { allNodeFacts } from './node-facts.ts';
import type { NodeFacts } from './node.ts';
import type { ConfigMap, Pod } from './objects.ts';
import type { Snapshot } from './snapshot.ts';

export type { FactsOptions } from './kube-proxy-facts.ts';

export type PreflightFacts = {
  readonly cluster: ClusterFacts;
  /** Unseen when the nodes could not be listed: then nothing can be said about any of them. */
  readonly nodes: Known<readonly NodeFacts[]>;
};

export function factsFrom(snapshot: Snapshot, options: FactsOptions = {}): PreflightFacts {
  const kubeProxy = kubeProxyFacts(snapshot, options);
  const { nodes, readings: _readings, probes: _probes, configMaps, serverVersion, ...lists } = snapshot;
  const configMap = (name: string): Known<ConfigMap | undefined> =>
    configMaps[name] ?? unseen(`ConfigMap ${name} was not read`);
  const apiServerArgs = deriveFrom([snapshot.pods], apiServerWords);
  const cni = cniFacts(snapshot);
  const cluster: ClusterFacts = {
    ...lists,
    serverVersion: derive([serverVersion], readVersion),
    configMap,
    kubeProxy,
    cni,
    distribution: detectDistribution(snapshot, kubeProxy),
    apiServerArgs,
    serviceRanges: firstKnown(
      deriveFrom([snapshot.serviceCidrs], (all) =>
        nonEmpty(
          all.flatMap(({ spec }) => spec?.cidrs ?? []),
          'there are no ServiceCIDR objects',
        ),
      ),
      deriveFrom([configMap('kube-system/kubeadm-config')], kubeadmRanges),
      deriveFrom([apiServerArgs], (args) => commaList(flagValue(args, '--service-cluster-ip-range'))),
    ),
    nodePortRange: derive([apiServerArgs], (args) => flagValue(args, '--service-node-port-range') ?? '30000-32767'),
  };
  return {
    cluster,
    nodes: derive([nodes], (all) => allNodeFacts(all, kubeProxy, snapshot, options.probed)),
  };
}

function apiServerWords(pods: readonly Pod[]): Known<readonly string[]> {
  const pod = pods
    .filter(isOfSystem)
    .find(
      ({ metadata }) =>
        metadata.labels?.['component'] === 'kube-apiserver' || /^kube-apiserver(-|$)/.test(metadata.name),
    );
  const container = pod?.spec?.containers?.[0];
  return container === undefined ? unseen('the API server runs in no pod that can be seen') : known(words(container));
}

function kubeadmRanges(configMap: ConfigMap | undefined): Known<readonly string[]> {
  const text = configMap?.data?.['ClusterConfiguration'];
  if (text === undefined) return unseen('there is no kubeadm ClusterConfiguration');
  const parsed = parseFields(text, "kubeadm's ClusterConfiguration");
  return deriveFrom([parsed], (fields) => commaList(textAt(fields, ['networking', 'serviceSubnet'])));
}

function commaList(text: string | undefined): Known<readonly string[]> {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  return nonEmpty(
    parts.filter((part) => part !== ''),
    'the Service ranges are not named',
  );
}

function nonEmpty(list: readonly string[], why: string): Known<readonly string[]> {
  return list.length === 0 ? unseen(why) : known(list);
}
