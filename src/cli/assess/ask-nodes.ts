// Asks the kube-proxies themselves, by port-forward: the mode they run, their version, their counters. Nothing is started or
// written. Where kube-proxy has no pod, any pod in its node's network leads to it: a forwarded stream is dialled from there.
import { ApiError, type Client, type Ref, messageOf } from 'kopf-ts';
import { runsKubeProxy } from '../../kubeproxy/command-line.ts';
import { open } from '../../operator/ask.ts';
import { inParallel } from '../../operator/in-parallel.ts';
import type { PreflightFacts } from '../../preflight/facts/from-snapshot.ts';
import type { NodeFacts } from '../../preflight/facts/node.ts';
import type { Pod } from '../../preflight/facts/objects.ts';
import type { KubeProxyAnswers, Snapshot } from '../../preflight/facts/snapshot.ts';
import { known, unseen, valueOr } from '../../preflight/known.ts';
import { counted } from '../counted.ts';
import type { NotSeen } from './assessment.ts';

/** Conversations at the same time: each is a stream through the API server to a kubelet. */
const AT_ONCE = 16;
/** ports.ProxyStatusPort, pkg/cluster/ports/ports.go. */
const METRICS_PORT = 10249;

export type Asked = {
  readonly readings: Snapshot['readings'];
  /** Whom nobody heard, and why. */
  readonly unheard: readonly NotSeen[];
};

export type AskOptions = {
  /** Calls the asking off: who has not answered by then is not heard. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly progress?: (done: number, of: number) => void;
};

export const NOT_ASKED: Asked = {
  readings: {},
  unheard: [
    {
      what: 'the kube-proxies: running mode, version, counters',
      why: 'they were not asked (--no-nodes)',
      remedy: 'Run assess without --no-nodes.',
    },
  ],
};

const UNLISTED: Asked = {
  readings: {},
  unheard: [
    {
      what: 'the kube-proxies: running mode, version, counters',
      why: 'which nodes there are was not seen',
      remedy: 'Use a user that may list nodes.',
    },
  ],
};

/** Never rejects for what nodes or the API server answer. */
export async function askNodes(client: Client, facts: PreflightFacts, options: AskOptions): Promise<Asked> {
  if (!facts.nodes.known) return UNLISTED;
  const nodes = facts.nodes.value.filter(({ os }) => os === 'linux');
  const doors = doorsOf(nodes, valueOr(facts.cluster.pods, []));
  const config = valueOr(facts.cluster.kubeProxy.config, undefined);
  const port = config?.read.metricsPort ?? METRICS_PORT;
  const outcomes = new Map<string, Outcome>();
  let forbidden = false;
  const ask = async (door: Door): Promise<void> => {
    if (forbidden || options.signal.aborted) return;
    const outcome = await converse(client, door, port, options);
    forbidden ||= outcome.kind === 'forbidden';
    outcomes.set(door.node, outcome);
    options.progress?.(outcomes.size, doors.length);
  };
  const [first, ...others] = doors;
  // The first one tells whether it is allowed at all: nobody is refused two hundred times.
  if (first !== undefined) await ask(first);
  await inParallel(others, AT_ONCE, ask);
  const readings = [...outcomes].flatMap(([node, outcome]) =>
    outcome.kind === 'told' || outcome.kind === 'silent' ? [[node, outcome.answers] as const] : [],
  );
  return { readings: Object.fromEntries(readings), unheard: unheard(nodes, doors, outcomes) };
}

/** The pod through which a node's kube-proxy is reached. `own`: it is kube-proxy's. */
type Door = { readonly node: string; readonly pod: Ref; readonly own: boolean };

function doorsOf(nodes: readonly NodeFacts[], pods: readonly Pod[]): readonly Door[] {
  const onNode = Map.groupBy(pods.filter(isOpen), ({ spec }) => spec?.nodeName ?? '');
  return nodes.flatMap(({ name, ready }) => {
    if (!ready) return [];
    const found = onNode.get(name) ?? [];
    const own = found.find(({ spec }) => spec?.containers?.some(runsKubeProxy) === true);
    const pod = own ?? found.find(({ metadata }) => metadata.namespace === 'kube-system') ?? found[0];
    if (pod === undefined) return [];
    const { name: podName, namespace = 'default' } = pod.metadata;
    return [{ node: name, pod: { name: podName, namespace }, own: own !== undefined }];
  });
}

function isOpen({ metadata, spec, status }: Pod): boolean {
  return spec?.hostNetwork === true && status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
}

type Outcome =
  | { readonly kind: 'told'; readonly answers: KubeProxyAnswers }
  /** It was reached, or its node was, and does not answer: that says something about kube-proxy. */
  | { readonly kind: 'silent'; readonly answers: KubeProxyAnswers; readonly why: string }
  /** The way to it failed, or time was up: that says nothing. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'forbidden' };

async function converse(client: Client, door: Door, port: number, { signal, now }: AskOptions): Promise<Outcome> {
  try {
    const line = await open(client, door.pod, port, signal);
    try {
      const { reading, page } = await line.read(now());
      return { kind: 'told', answers: { proxyMode: known(reading.mode), metrics: known(page) } };
    } finally {
      line.close();
    }
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', why: OUT_OF_TIME };
    return failure(error, door, port);
  }
}

const OUT_OF_TIME = 'there was no time left';

function failure(error: unknown, { node, own }: Door, port: number): Outcome {
  if (error instanceof ApiError && (error.status === 403 || error.status === 401)) return { kind: 'forbidden' };
  const said = messageOf(error);
  const refused = /connection refused/i.test(said);
  const why = refused ? `nothing listens on port ${port}` : brief(said);
  // Through another's pod only silence says something about kube-proxy.
  if (!own && !refused) return { kind: 'failed', why };
  const fact = unseen(`kube-proxy on node ${node} did not answer: ${why}`);
  return { kind: 'silent', why, answers: { proxyMode: fact, metrics: fact } };
}

function brief(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, 160);
}

function unheard(
  nodes: readonly NodeFacts[],
  doors: readonly Door[],
  outcomes: ReadonlyMap<string, Outcome>,
): readonly NotSeen[] {
  const all = [...outcomes.values()];
  if (all.some(({ kind }) => kind === 'forbidden')) return [FORBIDDEN];
  const notReady = nodes.filter(({ ready }) => !ready).length;
  const mute = all.flatMap((outcome) => (outcome.kind === 'silent' || outcome.kind === 'failed' ? [outcome.why] : []));
  const late = doors.length - outcomes.size + mute.filter((why) => why === OUT_OF_TIME).length;
  const reasons = Map.groupBy(
    mute.filter((why) => why !== OUT_OF_TIME),
    (why) => why,
  );
  return [
    ...about(notReady, 'not Ready', 'Bring them back, or migrate without them: they are skipped.'),
    ...about(nodes.length - notReady - doors.length, 'no pod there leads to it', ASK_THERE),
    ...[...reasons].flatMap(([why, same]) => about(same.length, why, ASK_THERE)),
    ...about(late, OUT_OF_TIME, 'Give more with --timeout.'),
  ];
}

const ASK_THERE = 'Ask on the node: curl -s http://localhost:10249/proxyMode';

function about(count: number, why: string, remedy: string): readonly NotSeen[] {
  return count === 0 ? [] : [{ what: `kube-proxy on ${counted(count, 'node')}`, why, remedy }];
}

const FORBIDDEN: NotSeen = {
  what: 'the kube-proxies: running mode, version, counters',
  why: 'your user may not forward ports to pods',
  remedy: 'Use a user that may get and create pods/portforward in the namespace of kube-proxy.',
};
