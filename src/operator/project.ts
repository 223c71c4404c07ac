// Projections, applied as objects arrive, and the step from objects to the facts the core decides on.
import { remembered } from './remembered.ts';
import type { ObjectMeta } from 'kopf-ts';
import type { ConfigMapFacts, NodeFacts, PodFacts } from '../rollout/observed.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import type { ConfigMapObject, ContainerStatus, DaemonSetObject, NodeObject, PodObject } from './resources.ts';

type ContainerFacts = Pick<PodFacts, 'running' | 'restarts' | 'waiting' | 'ended'>;

const CONTROL_PLANE = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

function identity({ name, namespace, uid, resourceVersion, deletionTimestamp }: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

export function projectNode(node: NodeObject): NodeObject {
  const { conditions = [], addresses = [], nodeInfo: info = {} } = node.status ?? {};
  const ready = conditions.filter(({ type }) => type === 'Ready');
  const internal = addresses.filter(({ type }) => type === 'InternalIP');
  const { kubeletVersion, kernelVersion, osImage, architecture } = info;
  const nodeInfo = {
    ...(kubeletVersion === undefined ? {} : { kubeletVersion }),
    ...(kernelVersion === undefined ? {} : { kernelVersion }),
    ...(osImage === undefined ? {} : { osImage }),
    ...(architecture === undefined ? {} : { architecture }),
  };
  return {
    metadata: { ...identity(node.metadata), labels: node.metadata.labels ?? {} },
    status: {
      conditions: ready.map(({ type, status, lastTransitionTime }) => ({
        type,
        status,
        ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
      })),
      ...(internal.length === 0 ? {} : { addresses: internal.map(({ type, address }) => ({ type, address })) }),
      nodeInfo,
    },
  };
}

export function projectPod(pod: PodObject): PodObject {
  const { nodeName, containers = [] } = pod.spec ?? {};
  const { phase, containerStatuses } = pod.status ?? {};
  return {
    metadata: { ...identity(pod.metadata), ownerReferences: pod.metadata.ownerReferences ?? [] },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: containers.map(({ name, image }) => ({ name, ...(image === undefined ? {} : { image }) })),
    },
    status: {
      ...(phase === undefined ? {} : { phase }),
      containerStatuses: (containerStatuses ?? []).map(({ name, restartCount = 0, state = {}, lastState = {} }) => ({
        name,
        restartCount,
        state,
        lastState,
      })),
    },
  };
}

export function projectDaemonSet(daemonSet: DaemonSetObject): DaemonSetObject {
  const { managedFields: _dropped, annotations: _alsoDropped, ...metadata } = daemonSet.metadata;
  return { ...daemonSet, metadata };
}

/** managedFields stay: they tell who else writes. */
export function projectConfigMap(configMap: ConfigMapObject): ConfigMapObject {
  return configMap;
}

/** A kubelet writes these times by its own clock: one that is ahead must not switch our deadlines off. */
export function nodeFacts(node: NodeObject, now: number): NodeFacts {
  const facts = readNode(node);
  return facts.readyChangedAt <= now ? facts : { ...facts, readyChangedAt: now };
}

function systemOf({ status }: NodeObject): string {
  const { kernelVersion, osImage, architecture } = status?.nodeInfo ?? {};
  return [kernelVersion, osImage, architecture].filter((word) => word !== undefined).join(', ');
}

const readNode = remembered((node: NodeObject): NodeFacts => {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const labels = node.metadata.labels ?? {};
  return {
    name: node.metadata.name,
    uid: node.metadata.uid ?? '',
    ready: ready?.status === 'True' && node.metadata.deletionTimestamp === undefined,
    readyChangedAt: Date.parse(ready?.lastTransitionTime ?? '') || 0,
    controlPlane: CONTROL_PLANE.some((label) => label in labels),
    labels,
    system: systemOf(node),
  };
});

/** `undefined` for a pod that is not bound to a node, or that has ended for good (evicted). */
export function podFacts(pod: PodObject, container: string): PodFacts | undefined {
  return readPod(pod)(container);
}

const readPod = remembered((pod: PodObject) => {
  let last: { readonly container: string; readonly facts: PodFacts | undefined } | undefined;
  return (container: string): PodFacts | undefined => {
    if (last?.container !== container) last = { container, facts: factsOf(pod, container) };
    return last.facts;
  };
});

function factsOf(pod: PodObject, container: string): PodFacts | undefined {
  const { metadata, spec, status } = pod;
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (spec?.nodeName === undefined || ended) return undefined;
  const found = status?.containerStatuses?.find(({ name }) => name === container);
  const state = containerFacts(found ?? { name: container });
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    node: spec.nodeName,
    deleting: metadata.deletionTimestamp !== undefined,
    ...state,
    ...imageOnNode(spec, container, state),
  };
}

/** What has been started is on the node; what is still being pulled may never be. */
function imageOnNode(
  { containers = [] }: NonNullable<PodObject['spec']>,
  container: string,
  { running, ended }: ContainerFacts,
): Pick<PodFacts, 'image'> {
  const image = containers.find(({ name }) => name === container)?.image;
  return image !== undefined && (running || ended !== undefined) ? { image } : {};
}

function containerFacts({ state = {}, lastState = {}, restartCount = 0 }: ContainerStatus): ContainerFacts {
  const terminated = state.terminated ?? lastState.terminated;
  const ended =
    terminated === undefined ? undefined : { exitCode: terminated.exitCode ?? 0, reason: terminated.reason ?? '' };
  return { running: state.running !== undefined, restarts: restartCount, waiting: state.waiting?.reason, ended };
}

/** A label is easily given: only what the DaemonSet itself has made is kube-proxy. */
export function madeBy(owner: ObjectMeta | undefined): (pod: PodObject) => boolean {
  return ({ metadata }) =>
    owner?.uid !== undefined &&
    metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.uid) === true;
}

/** One pod a node: while one is being deleted and the next is there already, the next counts. */
export function podsByNode(pods: readonly PodObject[], container: string): Map<string, PodFacts> {
  const byNode = new Map<string, PodFacts>();
  for (const object of pods) {
    const pod = podFacts(object, container);
    const other = pod === undefined ? undefined : byNode.get(pod.node);
    if (pod !== undefined && (other === undefined || other.deleting)) byNode.set(pod.node, pod);
  }
  return byNode;
}

export function configMapFacts(configMap: ConfigMapObject, key: string): ConfigMapFacts | undefined {
  const text = configMap.data?.[key];
  if (text === undefined) return undefined;
  const others = (configMap.metadata.managedFields ?? []).filter(({ manager }) => manager !== FIELD_MANAGER);
  const last = others.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? '')).at(-1);
  return { text, resourceVersion: configMap.metadata.resourceVersion ?? '', lastWriter: last?.manager };
}
