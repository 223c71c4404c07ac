// What is broken before cannot be told from what a migration breaks, and a node that does not work cannot be verified.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { CniFacts } from '../facts/cni.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { DaemonSet, Pod } from '../facts/objects.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { Hit, NodeRule } from '../rule.ts';
import { notReady, podsOf } from './shared-daemon-set-pods.ts';
import { logOfNode, NAME_NODE } from './shared-kube-proxy.ts';

/** What is wrong, and the command that shows more of it. */
type Complaint = { readonly what: string; readonly look: string };

export const clusterSick: NodeRule = {
  id: 'cluster-sick',
  section: 1,
  scope: 'node',
  title: 'the node, its kube-proxy or its network is not well',
  verdicts: everyMode('block'),
  source: 'OpenShift, migrating the cluster network plugin: all cluster operators must be healthy first',
  onlyForward: true,
  check: ({ cluster, node }) => {
    // Of a node that does not report, nothing else that is known is recent.
    if (!node.ready) return toHit([notReporting(node)]);
    return given([node.kubeProxy.pod, cluster.cni, cluster.pods], (pod, cni, pods) => {
      const network = networks(cni).flatMap((daemonSet) =>
        sickPods(daemonSet.metadata.name, podsOf(daemonSet, node.name, pods)),
      );
      const proxy = pod === undefined ? [] : sickPods('kube-proxy', [pod]);
      return toHit([...proxy, ...neverSynced(node, cluster), ...network]);
    });
  },
};

function toHit(complaints: readonly Complaint[]): Hit | undefined {
  if (complaints.length === 0) return undefined;
  const looks = complaints.map(({ look }) => look).join('\n');
  return {
    message: `${complaints.map(({ what }) => what).join('; ')}: a migration does not start on what is sick already.`,
    fix: `Make it well first. What is the matter:\n${NAME_NODE}\n${looks}`,
  };
}

function notReporting({ object }: NodeFacts): Complaint {
  const reason = object.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  return {
    what: `The node is NotReady${reason === undefined ? '' : ` (${reason})`}`,
    look: 'kubectl describe node $NODE',
  };
}

function sickPods(whose: string, pods: readonly Pod[]): readonly Complaint[] {
  return pods.flatMap((pod) => {
    const why = notReady(pod);
    if (why === undefined) return [];
    return [
      {
        what: `Its pod of ${whose} is ${why === 'not Ready' ? why : `in ${why}`}`,
        look: `kubectl -n ${pod.metadata.namespace} get pods -o wide --field-selector spec.nodeName=$NODE   # then describe and logs`,
      },
    ];
  });
}

/** kube-proxy answers, and has programmed nothing since its process began. What it does not answer is metrics-unreachable. */
function neverSynced({ kubeProxy }: NodeFacts, cluster: ClusterFacts): readonly Complaint[] {
  const start = valueOr(kubeProxy.processStart, undefined);
  const syncs = valueOr(kubeProxy.lastSync, undefined);
  if (start === undefined || syncs === undefined || Object.values(syncs).some((at) => at > start)) return [];
  const failures = valueOr(kubeProxy.syncFailures, 0);
  const failed = failures === 0 ? '' : `, ${failures} attempts failed`;
  return [{ what: `Its kube-proxy has not programmed any rules since it started${failed}`, look: logOfNode(cluster) }];
}

/** Those whose pods move packets on the node. */
function networks(cni: CniFacts): readonly DaemonSet[] {
  const { calico, flannel, cilium, antrea, kubeRouter, weave, kubeOvn, awsVpc } = cni;
  const found = [calico, flannel, cilium, antrea, kubeRouter, weave, kubeOvn, awsVpc];
  return [...new Set(found.flatMap((one) => (one === undefined ? [] : [one.daemonSet])))];
}
