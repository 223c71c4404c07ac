// Only iptables mode serves node ports on 127.0.0.1 (route_localnet). Registries in the cluster are reached that way above all: the
// container runtime pulls from localhost:3xxxx.
import { ranges } from '../cidr.ts';
import type { ProxyConfigFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { Pod } from '../facts/objects.ts';
import { given, valueOr } from '../known.ts';
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { configFor, listAt } from './shared-config.ts';
import { containersIn, podName, podsOn } from './shared-node-pods.ts';
import { nodePortUsers } from './shared-services.ts';
import { few } from './shared-words.ts';

export const localhostNodeport: NodeRule = {
  id: 'localhost-nodeport',
  section: 6,
  scope: 'node',
  title: 'node ports are used on 127.0.0.1',
  // The warning: this kube-proxy does not count these packets, and nothing else that can be seen uses them.
  verdicts: { iptables: 'info', ipvs: ['block', 'warn'], nftables: ['block', 'warn'] },
  source: 'k/k PR 125015; k0sproject/k0s#5760; k/k#56320, k/k#67730, k/k#132955',
  onlyForward: true,
  check: (context) => {
    const { cluster, target, from } = context;
    if ((from ?? 'iptables') !== 'iptables' && target !== 'iptables') return undefined;
    if (target === from) return undefined;
    return given([cluster.services, cluster.pods], (services, pods) => {
      if (nodePortUsers(services).length === 0) return undefined;
      return given([cluster.kubeProxy.config, configFor(context)], (now, planned) => {
        const used = evidence(context.node, pods);
        if (target === 'iptables') return used === undefined ? undefined : { message: `${used}: works again.` };
        if (isOff(now, context.node)) return undefined;
        if (used !== undefined) return hit(used, context, planned);
        return withoutEvidence(context.node);
      });
    });
  },
};

/** Sentence without a full stop. */
function evidence({ name, kubeProxy, probe }: NodeFacts, pods: readonly Pod[]): string | undefined {
  const packets = valueOr(kubeProxy.localhostNodePortPackets, undefined) ?? 0;
  if (packets > 0) return `kube-proxy has counted ${packets} packets to node ports on 127.0.0.1 since it started`;
  const mirrors = valueOr(probe.localhostMirrors, []);
  if (mirrors.length > 0) return `containerd pulls images from a node port on localhost (${few(mirrors, 2)})`;
  const pod = podsOn(pods, name).find((one) => containersIn(one).some(({ image }) => LOCAL_IMAGE.test(image ?? '')));
  const image = pod && containersIn(pod).find((one) => LOCAL_IMAGE.test(one.image ?? ''))?.image;
  return pod === undefined ? undefined : `Pod ${podName(pod)} has an image from a node port on localhost (${image})`;
}

const LOCAL_IMAGE = /^(?:localhost|127\.0\.0\.1):3\d{4}\//;
const LOOPBACK = ranges(['127.0.0.0/8']);

/** kube-proxy does not serve node ports on 127.0.0.1 now either (pkg/proxy/iptables/proxier.go). */
function isOff(config: ProxyConfigFacts, { probe }: NodeFacts): boolean {
  if (config.at(['iptables', 'localhostNodePorts']) === false) return true;
  const addresses = listAt(config, ['nodePortAddresses']);
  const served = addresses.some((one) => one === 'all' || one === 'localhost' || LOOPBACK.overlaps(one));
  if (addresses.length > 0 && !served) return true;
  return valueOr(probe.sysctls, undefined)?.['net.ipv4.conf.all.route_localnet'] === '0';
}

function hit(used: string, { target }: NodeContext, config: ProxyConfigFacts): Outcome {
  if (target === 'nftables' && isBridged(config))
    return {
      verdict: 'warn',
      message: `${used}. With KubeProxyNFTablesLocalhostNodePorts and localhost among nodePortAddresses that goes on, for TCP only.`,
      fix: 'Try it on one node first: in 1.37 the gate may not take effect at the first restart (k/k#142183); then restart kube-proxy once more.',
    };
  return {
    message: `${used}. In mode ${target} nothing answers there.`,
    fix: `Use the node's own address instead of localhost (registries: hosts.toml under /etc/containerd/certs.d). With nftables from 1.37 on, for TCP:\nfeatureGates: { KubeProxyNFTablesLocalhostNodePorts: true }\nnodePortAddresses: [primary, localhost]`,
  };
}

function isBridged(config: ProxyConfigFacts): boolean {
  const addresses = listAt(config, ['nodePortAddresses']);
  return (
    config.read.featureGates['KubeProxyNFTablesLocalhostNodePorts'] === true &&
    addresses.some((one) => one === 'localhost' || one === 'all')
  );
}

/** A counter at zero is proof. Before 1.31, or on a kernel without nfnetlink_acct, there is none, and what is left are the runtime's files and the images of pods. */
function withoutEvidence({ kubeProxy, probe }: NodeFacts): Outcome {
  return given([kubeProxy.localhostNodePortPackets, kubeProxy.version], (packets, { text }) => {
    if (packets !== undefined) return undefined;
    return given([probe.localhostMirrors], () => ({
      verdict: 'warn' as const,
      message: `kube-proxy ${text} does not count packets to node ports on 127.0.0.1 here (1.31 does, where the kernel has nfnetlink_acct). No image and no registry mirror uses one, but scripts of the node may.`,
      fix: 'Look for them on the node: grep -rnE "(localhost|127\\.0\\.0\\.1):3[0-9]{4}" /etc /usr/local/bin',
    }));
  });
}
