// All handlers of one kind of object behind one queue: changes of its cache become keys, workers turn keys into passes,
// and the pass's ending says when the key comes back.
import type { CacheHub } from '../cache/cache-hub.ts';
import { createQueueMetrics } from '../queue/queue-metrics.ts';
import { createWorkQueue } from '../queue/work-queue.ts';
import { objectKey, parseKey, refOf } from '../resource-key.ts';
import type {
  Cache,
  Client,
  Clock,
  EventInput,
  KubeObject,
  Log,
  Ref,
  Resource,
  Selection,
  WatchEvent,
} from '../types.ts';
import type { Registry } from 'prom-client';
import type { Fence } from './fence.ts';
import { createHandlerClient } from './handler-client.ts';
import type { HandlerRecord, ObjectMemory } from './handler-record.ts';
import { createOwnWrites } from './own-writes.ts';
import { runPass, type PassParts } from './pass.ts';
import { earlier, type Ending } from './pass-result.ts';
import { createReconcileMetrics } from './reconcile-metrics.ts';

export type Controller = {
  readonly resource: Resource;
  readonly cache: Cache<KubeObject>;
  add(record: HandlerRecord): void;
  enqueue(ref: Ref, after?: number): void;
  /** Takes up work. To be called when the cache is synced and this process leads. `signal` cuts passes short. */
  start(signal: AbortSignal): void;
  /** Takes no more work; resolves when the passes under way are over. */
  drain(): Promise<void>;
};

export type ControllerParts = {
  readonly hub: CacheHub;
  readonly client: Client;
  readonly fence: Fence;
  readonly emit: (event: EventInput) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly registry: Registry;
  readonly maxConcurrent: number;
};

export type ControllerDefinition = {
  /** The label in metrics and logs. */
  readonly name: string;
  readonly resource: Resource;
  readonly selection?: Selection;
  readonly project?: (object: KubeObject) => KubeObject;
};

export function createController(definition: ControllerDefinition, parts: ControllerParts): Controller {
  const { name, resource } = definition;
  const { hub, clock, random, registry, maxConcurrent } = parts;
  const log = parts.log.child({ controller: name });
  const records: HandlerRecord[] = [];
  const queue = createWorkQueue(clock, random, createQueueMetrics(registry, clock, name));
  const metrics = createReconcileMetrics(registry, name, maxConcurrent);
  const writes = createOwnWrites({ hub, client: parts.client, clock, log });
  const memories = new Map<string, ObjectMemory>();
  const appeared = new Set<string>();
  const asked = new Set<string>();
  const workers: Promise<void>[] = [];
  let started = false;
  const cache = hub.open(resource, { ...watchOptions(definition), onEvent });

  function onEvent(event: WatchEvent<KubeObject>): void {
    const { uid = '' } = event.object.metadata;
    if (event.type === 'added' && started) appeared.add(uid);
    if (event.type === 'deleted') appeared.delete(uid);
    // A standby collects nothing: when it comes to lead, `start` queues everything there is.
    if (started) queue.add(objectKey(refOf(event.object)));
  }

  function recall(key: string, object: KubeObject | undefined): ObjectMemory {
    const known = memories.get(key);
    const uid = object?.metadata.uid;
    if (asked.delete(key)) for (const memory of known?.handlers.values() ?? []) memory.heldFor = undefined;
    if (known !== undefined && (object === undefined || known.uid === uid)) return known;
    const origin = uid !== undefined && appeared.delete(uid) ? 'created' : 'found';
    const fresh: ObjectMemory = { uid, origin, handlers: new Map() };
    memories.set(key, fresh);
    return fresh;
  }

  const passParts: PassParts = {
    resource,
    cache,
    records,
    clientFor: (key, signal) =>
      createHandlerClient({
        client: parts.client,
        fence: parts.fence,
        signal,
        note: (note) => writes.note(key, note),
        track: (write) => writes.track(key, write),
      }),
    async settle(key, signal) {
      await writes.settle(key, signal);
      queue.coversAll(key);
    },
    recall,
    emit: parts.emit,
    clock,
    random,
    log,
  };

  async function work(signal: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const begun = clock.now();
      metrics.started();
      const endings = await runPass(passParts, key, signal);
      metrics.finished(endings, (clock.now() - begun) / 1000);
      if (!signal.aborted) follow(key, endings);
      queue.done(key);
    }
  }

  function follow(key: string, endings: readonly Ending[]): void {
    let wish: number | undefined;
    let atLeast: number | undefined;
    for (const ending of endings) {
      if (ending.kind === 'done') wish = earlier(wish, ending.requeueAfter);
      if (ending.kind === 'temporary') wish = earlier(wish, ending.delay);
      if (ending.kind === 'failed') atLeast = Math.max(atLeast ?? 0, ending.atLeast);
    }
    if (atLeast !== undefined) queue.retry(key, atLeast);
    else queue.forget(key);
    if (wish !== undefined) queue.addAfter(key, wish, 'outcome');
    const over = endings.every((ending) => ending.kind === 'done' || ending.kind === 'permanent');
    const gone = memories.get(key)?.uid === undefined || cache.get(parseKey(key)) === undefined;
    if (over && gone) memories.delete(key);
  }

  return {
    resource,
    cache,
    add: (record) => void records.push(record),
    enqueue(ref, after = 0) {
      const key = objectKey(ref);
      asked.add(key);
      queue.addAfter(key, after, 'asked');
    },
    start(signal) {
      started = true;
      for (const object of cache.list()) queue.add(objectKey(refOf(object)));
      for (let count = 0; count < maxConcurrent; count++) workers.push(work(signal));
    },
    async drain() {
      queue.shutDown();
      await Promise.all(workers);
    },
  };
}

function watchOptions({
  selection,
  project,
}: ControllerDefinition): Pick<ControllerDefinition, 'selection' | 'project'> {
  return { ...(selection === undefined ? {} : { selection }), ...(project === undefined ? {} : { project }) };
}
