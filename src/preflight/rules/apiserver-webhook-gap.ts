// The API server calls webhooks and aggregated APIs at Service addresses, by the kube-proxy of its own node.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { WebhookConfiguration } from '../facts/objects.ts';
import { derive, given } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { counted } from './shared-words.ts';

export const apiserverWebhookGap: NodeRule = {
  id: 'apiserver-webhook-gap',
  section: 9,
  scope: 'node',
  title: 'the API server on this node calls webhooks or aggregated APIs in the cluster',
  verdicts: everyMode('warn'),
  source: 'kubernetes.io: dynamic admission control; failed calling webhook, while kube-proxy restarts',
  check: ({ cluster, node, target, from }) => {
    if (!node.controlPlane || target === from) return undefined;
    return given([called(cluster)], ({ webhooks, apis }) => {
      const found = [
        ...(webhooks.length === 0 ? [] : [counted('webhook configuration', webhooks, 3)]),
        ...(apis.length === 0 ? [] : [counted('aggregated API', apis, 3)]),
      ];
      if (found.length === 0) return undefined;
      return {
        message: `A control-plane node, and ${found.join(' and ')} at Service addresses: while kube-proxy is switched here, the API server's calls fail or wait for their time-out (failed calling webhook).`,
        fix: 'Switch control-plane nodes last, one at a time: leave them out by spec.nodeSelector first, and migrate them when all others are done.',
      };
    });
  },
};

type Called = { readonly webhooks: readonly string[]; readonly apis: readonly string[] };

/** Those behind a Service; what is called by URL does not pass kube-proxy. */
function called({ validatingWebhooks, mutatingWebhooks, apiServices }: ClusterFacts): Known<Called> {
  return derive([validatingWebhooks, mutatingWebhooks, apiServices], (validating, mutating, services) => ({
    webhooks: [...new Set([...validating, ...mutating].filter(isInCluster).map(({ metadata }) => metadata.name))],
    apis: services.flatMap(({ metadata, spec }) => (spec?.service?.name === undefined ? [] : [metadata.name])),
  }));
}

function isInCluster({ webhooks }: WebhookConfiguration): boolean {
  return webhooks?.some(({ clientConfig }) => clientConfig?.service !== undefined) === true;
}
