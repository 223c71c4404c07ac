// The world behind the simulated API server: it fills the store with a cluster that has been running for a while, then
// lets controllers, kubelets and kube-proxies live on what happens in the store. Nothing in it ticks: all is driven by
// store events and by waits on the clock, so that thousands of idle nodes cost nothing.
import type { Clock, KubeObject } from 'kopf-ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  NAMESPACES,
  NODES,
  PODS,
  type NodeBackend,
  type Store,
  type StoreEvent,
} from '../types.ts';
import { createBackend } from './backend.ts';
import { DaemonSetController } from './daemonset-controller.ts';
import { rememberingDecoder } from './kube-proxy-config.ts';
import type { NodeSpec } from './node-object.ts';
import type { NodeWorld } from './node-world.ts';
import { nodeNameOf, refOf, type Pod } from './pod-objects.ts';
import { createConfigMapHistory } from './projection.ts';
import { seededRandom } from './seeded-random.ts';
import { serviceObjects } from './services.ts';
import { SHAPES, type ShapeName } from './shapes/shapes.ts';
import type { SimNode } from './sim-node.ts';
import { WorldNode } from './world-node.ts';
import { createStreams } from './streams.ts';
import { DEFAULT_TIMINGS, type Timings } from './timings.ts';

export type WorldOptions = {
  /** A number makes that many plain workers `node-1`, `node-2`, … over three zones. */
  readonly nodes: number | readonly NodeSpec[];
  /** What the ConfigMap says at the start; '' allowed. */
  readonly mode: string;
  /** Kubernetes version; v1.36.3 when left out. */
  readonly version?: string;
  /** How many Services there are: it decides how long a sync takes. 50 when left out. */
  readonly services?: number;
  readonly shape?: ShapeName;
  readonly timings?: Partial<Timings>;
  /** Numbers in [0, 1); when left out, a sequence made from `seed`. */
  readonly random?: () => number;
  readonly seed?: number;
};

export type World = {
  readonly backend: NodeBackend;
  readonly nodes: readonly SimNode[];
  /** Throws when there is no such node. */
  node(name: string): SimNode;
  /** Ends everything; rejects with what went wrong inside the world, if anything did. */
  close(): Promise<void>;
};

const DEFAULT_VERSION = 'v1.36.3';
const DEFAULT_SERVICES = 50;
/** The kube-proxies of the start are this old at least, and up to twice as old, in milliseconds. */
const AGE = 3_600_000;

/** Fills the store and starts the world on it. Time passes by `store.clock`. */
export function startWorld(store: Store, options: WorldOptions): World {
  const world = new RunningWorld(store, options);
  world.populate();
  return world;
}

class RunningWorld implements World {
  readonly backend: NodeBackend;
  readonly nodes: readonly WorldNode[];
  readonly #store: Store;
  readonly #options: WorldOptions;
  readonly #shape: ReturnType<(typeof SHAPES)[ShapeName]>;
  readonly #byName: ReadonlyMap<string, WorldNode>;
  readonly #shared: NodeWorld;
  readonly #controller: DaemonSetController;
  readonly #streams = createStreams();
  readonly #closing = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #defects: unknown[] = [];
  readonly #unsubscribe: () => void;
  #adopting = true;

  constructor(store: Store, options: WorldOptions) {
    this.#store = store;
    this.#options = options;
    const version = options.version ?? DEFAULT_VERSION;
    this.#shape = SHAPES[options.shape ?? 'kubeadm']({ mode: options.mode, version });
    this.#shared = this.#share(store.clock, version);
    this.nodes = specsOf(options.nodes).map((spec, index) => new WorldNode(this.#shared, spec, addressOf(index)));
    this.#byName = new Map(this.nodes.map((node) => [node.name, node]));
    const { random, timings, closing, track } = this.#shared;
    this.#controller = new DaemonSetController({ store, random, delay: () => timings.controller, closing, track });
    this.backend = createBackend({ store, streams: this.#streams, node: (name) => this.#byName.get(name) });
    this.#unsubscribe = store.subscribe((event) => this.#observe(event));
  }

  node(name: string): SimNode {
    const node = this.#byName.get(name);
    if (node === undefined) throw new Error(`there is no node ${name} in the simulation`);
    return node;
  }

  /** The cluster as it stands when the simulation begins: everything runs and has synced long ago. */
  populate(): void {
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) this.#createNamespace(name);
    for (const configMap of this.#shape.configMaps) this.#store.create(CONFIG_MAPS, installed(configMap));
    for (const { resource, object } of serviceObjects(this.#shared.services)) this.#store.create(resource, object);
    for (const node of this.nodes) this.#store.create(NODES, node.object());
    this.#store.create(DAEMON_SETS, this.#shape.daemonSet);
    // The pods first, then the status that counts them.
    this.#controller.flush();
    this.#controller.flush();
    this.#adopting = false;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#unsubscribe();
    this.#streams.close();
    for (const node of this.nodes) node.halt();
    while (this.#work.size > 0) await Promise.all(this.#work);
    if (this.#defects.length > 0) throw new AggregateError(this.#defects, 'the simulated world has a defect');
  }

  #share(clock: Clock, version: string): NodeWorld {
    const options = this.#options;
    const random = options.random ?? seededRandom(options.seed ?? 1);
    const timings = { ...DEFAULT_TIMINGS, ...options.timings };
    return {
      clock,
      store: this.#store,
      timings,
      random,
      version,
      services: options.services ?? DEFAULT_SERVICES,
      providerID: this.#shape.providerID,
      configMaps: createConfigMapHistory(2 * timings.projection),
      decodeConfig: rememberingDecoder(),
      newContainerID: () => `containerd://${hex(random, 64)}`,
      closing: this.#closing.signal,
      track: (work) => this.#track(work),
    };
  }

  #createNamespace(name: string): void {
    if (this.#store.get(NAMESPACES, { name }) !== undefined) return;
    const labels = { 'kubernetes.io/metadata.name': name };
    this.#store.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  }

  #observe(event: StoreEvent): void {
    const { resource, type, object, old } = event;
    this.#controller.observe(event);
    if (resource.group !== '') return;
    if (resource.plural === CONFIG_MAPS.plural) this.#observeConfigMap(object, type === 'DELETED');
    if (resource.plural === NODES.plural && type === 'DELETED') this.#byName.get(object.metadata.name)?.nodeGone();
    if (resource.plural === PODS.plural)
      this.#observePod(type, object as unknown as Pod, old as unknown as Pod | undefined);
  }

  #observeConfigMap(configMap: KubeObject, gone: boolean): void {
    const { configMaps, clock } = this.#shared;
    configMaps.record(refOf(configMap), gone ? undefined : configMap, clock.now());
  }

  #observePod(type: StoreEvent['type'], pod: Pod, old: Pod | undefined): void {
    const node = this.#byName.get(nodeNameOf(pod) ?? '');
    if (node === undefined) return;
    if (type === 'DELETED') return node.podGone(pod);
    if (type === 'MODIFIED') return node.podChanged(pod, old);
    if (!this.#adopting) return node.podAdded(pod);
    node.adoptPod(pod, this.#shared.clock.now() - AGE * (1 + this.#shared.random()));
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((defect: unknown) => {
        this.#defects.push(defect);
      })
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

const ZONES = ['zone-a', 'zone-b', 'zone-c'];

function specsOf(nodes: WorldOptions['nodes']): readonly NodeSpec[] {
  if (typeof nodes !== 'number') return nodes;
  return Array.from({ length: nodes }, (_, index) => ({
    name: `node-${index + 1}`,
    zone: ZONES[index % ZONES.length] ?? 'zone-a',
  }));
}

function addressOf(index: number): string {
  return `10.0.${Math.floor(index / 240)}.${10 + (index % 240)}`;
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits / 8 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

/** As an installer leaves it behind: written through the API once, so that its fields have an owner. */
function installed<T extends KubeObject>(object: T): T {
  const fieldsV1 = { 'f:data': Object.fromEntries(Object.keys(dataOf(object)).map((key) => [`f:${key}`, {}])) };
  const entry = { manager: 'installer', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 };
  return { ...object, metadata: { ...object.metadata, managedFields: [entry] } };
}

function dataOf(object: KubeObject): object {
  return 'data' in object && typeof object.data === 'object' && object.data !== null ? object.data : {};
}
