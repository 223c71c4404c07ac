import { ApiError } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { createFakeClient, refused, type FakeClient, type Sent } from '../../operator/testing/fake-client.ts';
import { fakeKubeProxy } from '../../operator/testing/fake-kube-proxy.ts';
import { factsFrom } from '../../preflight/facts/from-snapshot.ts';
import type { Pod } from '../../preflight/facts/objects.ts';
import { unseen } from '../../preflight/known.ts';
import { snapshotOf, type ClusterParts } from '../../preflight/testing/cluster.ts';
import { node, type NodeParts } from '../../preflight/testing/node.ts';
import { askNodes, type Asked } from './ask-nodes.ts';

const NOW = Date.UTC(2027, 0, 1);

type Asking = { readonly client: FakeClient; readonly asked: Asked; readonly progress: readonly string[] };

/** `answer` is given each port-forward. */
async function ask(
  answer: (request: Sent) => unknown,
  nodes: readonly NodeParts[],
  { signal = new AbortController().signal, ...parts }: ClusterParts & { readonly signal?: AbortSignal } = {},
): Promise<Asking> {
  const client = createFakeClient(answer);
  const progress: string[] = [];
  const facts = factsFrom(snapshotOf({ ...parts, nodes: nodes.map(node) }));
  const asked = await askNodes(client, facts, {
    signal,
    now: () => NOW,
    progress: (done, of) => progress.push(`${done}/${of}`),
  });
  return { client, asked, progress };
}

function hostPod(nodeName: string, parts: { readonly namespace?: string; readonly hostNetwork?: boolean } = {}): Pod {
  const { namespace = 'monitoring', hostNetwork = true } = parts;
  return {
    metadata: { name: `exporter-${nodeName}`, namespace },
    spec: { nodeName, hostNetwork, containers: [{ name: 'exporter', image: 'example/exporter' }] },
    status: { phase: 'Running' },
  };
}

function tells(mode: string): () => unknown {
  const kubeProxy = fakeKubeProxy();
  kubeProxy.mode = mode;
  return () => kubeProxy.dial();
}

const throwing = (error: Error) => (): never => {
  throw error;
};

const NOBODY_LISTENS = new ApiError(
  'cannot create pods/portforward: dial tcp4 127.0.0.1:10249: connect: connection refused',
  {
    status: 0,
    reason: 'PortForward',
    verb: 'create',
    resource: 'pods/portforward',
    outcome: 'refused',
  },
);

describe('askNodes', () => {
  it('reads mode and metrics of every Linux node through the pod of its kube-proxy', async () => {
    const nodes = [{ name: 'a' }, { name: 'b' }, { name: 'w', os: 'windows' as const }];
    const { client, asked, progress } = await ask(tells('ipvs'), nodes);
    expect(client.sent.map(({ verb, name, body }) => [verb, name, (body as { port: number }).port])).toEqual([
      ['forward', 'kube-proxy-a', 10249],
      ['forward', 'kube-proxy-b', 10249],
    ]);
    expect(Object.keys(asked.readings)).toEqual(['a', 'b']);
    expect(asked.readings['a']?.proxyMode).toEqual({ known: true, value: 'ipvs' });
    expect(asked.readings['a']?.metrics).toMatchObject({
      value: expect.stringContaining('process_start_time_seconds'),
    });
    expect(asked.unheard).toEqual([]);
    expect(progress).toEqual(['1/2', '2/2']);
  });

  it('asks at the port the configuration names', async () => {
    const { client } = await ask(tells('iptables'), [{}], { config: { metricsBindAddress: '0.0.0.0:10999' } });
    expect(client.sent[0]?.body).toMatchObject({ port: 10_999 });
  });

  it('stops at the first refusal', async () => {
    const { client, asked } = await ask(throwing(refused(403)), [{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    expect(client.sent).toHaveLength(1);
    expect(asked.readings).toEqual({});
    expect(asked.unheard).toEqual([
      {
        what: 'the kube-proxies: running mode, version, counters',
        why: 'your user may not forward ports to pods',
        remedy: expect.stringContaining('pods/portforward'),
      },
    ]);
  });

  it('keeps what was heard when one does not answer, and says why it did not', async () => {
    const speaks = tells('iptables');
    const answer = (request: Sent): unknown => {
      if (request.name === 'kube-proxy-b') throw NOBODY_LISTENS;
      return speaks();
    };
    const { asked } = await ask(answer, [{ name: 'a' }, { name: 'b' }]);
    expect(asked.readings['a']?.proxyMode.known).toBe(true);
    expect(asked.readings['b']?.proxyMode).toEqual({
      known: false,
      why: 'kube-proxy on node b did not answer: nothing listens on port 10249',
    });
    expect(asked.unheard).toEqual([
      { what: 'kube-proxy on 1 node', why: 'nothing listens on port 10249', remedy: expect.stringContaining('curl') },
    ]);
  });

  it('reaches a kube-proxy without a pod through any pod in the network of its node', async () => {
    const nodes = [
      { name: 'a', hasPod: false },
      { name: 'b', hasPod: false },
    ];
    const pods = [hostPod('a'), hostPod('a', { namespace: 'kube-system' }), hostPod('b', { hostNetwork: false })];
    const { client, asked } = await ask(tells('iptables'), nodes, { proxy: null, pods });
    expect(client.sent.map(({ name, namespace }) => `${namespace}/${name}`)).toEqual(['kube-system/exporter-a']);
    expect(Object.keys(asked.readings)).toEqual(['a']);
    expect(asked.unheard).toEqual([
      { what: 'kube-proxy on 1 node', why: 'no pod there leads to it', remedy: expect.stringContaining('curl') },
    ]);
  });

  it('takes silence behind another pod for an answer, and a failure on the way for none', async () => {
    const parts = { proxy: null, pods: [hostPod('a')] };
    const silent = await ask(throwing(NOBODY_LISTENS), [{ name: 'a', hasPod: false }], parts);
    expect(silent.asked.readings['a']?.proxyMode.known).toBe(false);
    const broken = await ask(
      throwing(new Error('the kubelet is away\nand more')),
      [{ name: 'a', hasPod: false }],
      parts,
    );
    expect(broken.asked.readings).toEqual({});
    expect(broken.asked.unheard[0]).toMatchObject({ why: 'the kubelet is away' });
  });

  it('does not wait for nodes that are not Ready', async () => {
    const { client, asked } = await ask(tells('iptables'), [{ name: 'a', ready: false }]);
    expect(client.sent).toEqual([]);
    expect(asked.unheard[0]).toMatchObject({ what: 'kube-proxy on 1 node', why: 'not Ready' });
  });

  it('says whom there was no time left for', async () => {
    const stop = new AbortController();
    const answer = (): never => {
      stop.abort();
      throw new Error('aborted');
    };
    const { client, asked } = await ask(answer, [{ name: 'a' }, { name: 'b' }, { name: 'c' }], { signal: stop.signal });
    expect(client.sent).toHaveLength(1);
    expect(asked.readings).toEqual({});
    expect(asked.unheard).toEqual([
      { what: 'kube-proxy on 3 nodes', why: 'there was no time left', remedy: 'Give more with --timeout.' },
    ]);
  });

  it('asks nobody when the pods could not be listed', async () => {
    const { client, asked } = await ask(tells('iptables'), [{ name: 'a' }], {
      pods: { known: false, why: 'listing pods is forbidden' },
    });
    expect(client.sent).toEqual([]);
    expect(asked.unheard[0]).toMatchObject({ why: 'no pod there leads to it' });
  });
});

it('asks nobody where the nodes could not be listed, and says so', async () => {
  const client = createFakeClient(() => undefined);
  const facts = factsFrom(snapshotOf({ nodes: unseen('listing nodes is forbidden') }));
  const asked = await askNodes(client, facts, { signal: new AbortController().signal, now: () => NOW });
  expect(asked.unheard.map(({ why }) => why)).toEqual(['which nodes there are was not seen']);
});
