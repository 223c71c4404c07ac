// kube-proxy drops fields it does not know with one line in its log; a feature gate it does not know ends it.
import type { ProxyConfigFacts } from '../facts/cluster.ts';
import { isOlder } from '../facts/image.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import { given, unseen } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { configFor, isSet, listAt } from './shared-config.ts';
import { few } from './shared-words.ts';

/** Fields and the 1.x they came with (staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go). */
const SINCE: readonly (readonly [path: readonly string[], minor: number])[] = [
  [['ipvs', 'strictARP'], 15],
  [['ipvs', 'tcpTimeout'], 18],
  [['ipvs', 'tcpFinTimeout'], 18],
  [['ipvs', 'udpTimeout'], 18],
  [['bindAddressHardFail'], 19],
  [['detectLocal'], 24],
  [['iptables', 'localhostNodePorts'], 26],
  [['logging'], 28],
  [['nftables'], 29],
  [['conntrack', 'tcpBeLiberal'], 29],
  [['conntrack', 'udpTimeout'], 29],
  [['conntrack', 'udpStreamTimeout'], 29],
  [['featureGates', 'NFTablesProxyMode'], 29],
  [['featureGates', 'KubeProxyIPVS'], 37],
  [['featureGates', 'NFTablesNetlink'], 37],
  [['featureGates', 'KubeProxyNFTablesLocalhostNodePorts'], 37],
];
/** Words nodePortAddresses takes beside CIDRs. */
const WORDS = { primary: 31, localhost: 37, all: 37 } as const;

export const configNewerThanBinary: ClusterRule = {
  id: 'config-newer-than-binary',
  section: 8,
  scope: 'cluster',
  title: 'the configuration has fields this kube-proxy does not know',
  verdicts: everyMode('block'),
  source: 'cmd/kube-proxy/app/options.go, loadConfig: strict decoding, then lenient; k8s.io/kube-proxy/config/v1alpha1',
  // The old configuration was read by this kube-proxy all along.
  onlyForward: true,
  check: (context) =>
    given([configFor(context), context.cluster.kubeProxy.version], (config, { text, parsed }) => {
      if (parsed === undefined) return unseen(`kube-proxy's version ${text} cannot be read`);
      const newer = [...newerFields(config, parsed), ...newerWords(config, parsed)];
      if (newer.length === 0) return undefined;
      return {
        message: `kube-proxy ${text} does not know ${few(newer)}: it would drop such a field with one line in its log, and end because of such a feature gate.`,
        fix: "Upgrade kube-proxy first, or take these out of spec.config and of kube-proxy's configuration.",
      };
    }),
};

function newerFields(config: ProxyConfigFacts, version: Version): readonly string[] {
  return SINCE.filter(([path, minor]) => isOlder(version, 1, minor) && isWritten(config, path)).map(
    ([path, minor]) => `${path.join('.')} (since 1.${minor})`,
  );
}

/** A zero value says nothing, but for gates, where false is as unknown as true, and for localhostNodePorts, whose default is true. */
function isWritten(config: ProxyConfigFacts, path: readonly string[]): boolean {
  const value = config.at(path);
  const last = path.at(-1);
  return isSet(value) || ((path[0] === 'featureGates' || last === 'localhostNodePorts') && value === false);
}

function newerWords(config: ProxyConfigFacts, version: Version): readonly string[] {
  return listAt(config, ['nodePortAddresses']).flatMap((word) => {
    const minor = Object.hasOwn(WORDS, word) ? WORDS[word as keyof typeof WORDS] : 0;
    return isOlder(version, 1, minor) ? [`nodePortAddresses: ${word} (since 1.${minor})`] : [];
  });
}
