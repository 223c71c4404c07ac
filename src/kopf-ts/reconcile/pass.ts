// One pass over one object: see it (no older than our own writes), run every handler that has to, and say what next.
import { ApiError, ConnectionDestroyed, LeadershipLost, TemporaryError, messageOf } from '../errors.ts';
import { parseKey } from '../resource-key.ts';
import type { Cache, Client, Clock, EventInput, HandlerContext, KubeObject, Log, Resource } from '../types.ts';
import { isDue, missingFinalizers, prepare, type Sight } from './causes.ts';
import { ensureFinalizer, releaseFinalizer } from './finalizers.ts';
import { digestOf, memoryOf, type HandlerRecord, type ObjectMemory } from './handler-record.ts';
import { earlier, endingOf, type Ending } from './pass-result.ts';

export type PassParts = {
  readonly resource: Resource;
  readonly cache: Pick<Cache<KubeObject>, 'get'>;
  readonly records: readonly HandlerRecord[];
  readonly clientFor: (key: string, signal: AbortSignal) => Client;
  readonly settle: (key: string, signal: AbortSignal) => Promise<void>;
  readonly recall: (key: string, object: KubeObject | undefined) => ObjectMemory;
  readonly emit: (event: EventInput) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
};

/** Never rejects: whatever goes wrong is an ending. */
export async function runPass(parts: PassParts, key: string, signal: AbortSignal): Promise<readonly Ending[]> {
  try {
    await parts.settle(key, signal);
    const { resource, records, cache, clock } = parts;
    const object = cache.get(parseKey(key));
    const sight: Sight = { object, digest: digestOf(object), memory: parts.recall(key, object), now: clock.now() };
    const client = parts.clientFor(key, signal);
    const missing = missingFinalizers(records, object);
    if (object !== undefined && missing.length > 0) {
      for (const name of missing) await ensureFinalizer(client, resource, object, name);
      // Handlers run only on objects that can no longer slip away; the watch brings this one back at once.
      return [{ kind: 'done' }];
    }
    prepare(records, sight);
    const endings: Ending[] = [];
    for (const record of records)
      if (isDue(record, sight)) endings.push(await runHandler(parts, record, { key, sight, client, signal }));
    endings.push({ kind: 'done', requeueAfter: nextTimer(records, sight, clock.now()) });
    return endings;
  } catch (error) {
    return [noted(parts.log.child({ name: key }), error, 'a pass could not be prepared')];
  }
}

type Call = { readonly key: string; readonly sight: Sight; readonly client: Client; readonly signal: AbortSignal };

async function runHandler(parts: PassParts, record: HandlerRecord, call: Call): Promise<Ending> {
  const { object, memory: objectMemory, digest } = call.sight;
  const memory = memoryOf(objectMemory, record);
  const context = contextOf(parts, call, memory.failures);
  try {
    const outcome = await record.handler(context);
    if (record.cause === 'delete' && record.finalizer !== undefined && object !== undefined)
      await releaseFinalizer(call.client, parts.resource, object, record.finalizer);
    memory.failures = 0;
    memory.doneFor = digest;
    if (record.interval !== undefined) memory.dueAt = parts.clock.now() + record.interval;
    const resync =
      record.resync === undefined || object === undefined ? undefined : record.resync * (0.9 + 0.2 * parts.random());
    return { kind: 'done', requeueAfter: earlier(outcome?.requeueAfter, resync) };
  } catch (error) {
    memory.failures += 1;
    const ending = noted(context.log, error, 'handler failed', { retry: memory.failures });
    if (ending.kind === 'permanent') memory.heldFor = digest;
    return ending;
  }
}

function contextOf(parts: PassParts, call: Call, retry: number): HandlerContext<KubeObject> {
  const { name, namespace } = parseKey(call.key);
  const { object } = call.sight;
  const uid = object?.metadata.uid;
  return {
    name,
    namespace,
    object,
    client: call.client,
    log: parts.log.child({
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    }),
    signal: call.signal,
    retry,
    event: parts.emit,
  };
}

function nextTimer(records: readonly HandlerRecord[], sight: Sight, now: number): number | undefined {
  if (sight.object === undefined || sight.object.metadata.deletionTimestamp !== undefined) return undefined;
  // A timer that is overdue has failed in this very pass (or waits for the object to change): its own ending decides.
  const ahead = records
    .map((record) => memoryOf(sight.memory, record).dueAt)
    .filter((due) => due !== undefined && due > now);
  const due = ahead.reduce(earlier, undefined);
  return due === undefined ? undefined : due - now;
}

/** Logs a failure as loudly as it deserves and turns it into an ending. */
function noted(log: Log, error: unknown, message: string, fields: Readonly<Record<string, unknown>> = {}): Ending {
  const ending = endingOf(error);
  const details = { ...fields, problem: messageOf(error) };
  if (isEndOfWork(error)) log.debug('work was cut short', details);
  else if (error instanceof TemporaryError)
    log.info('handler asks to be called again', { ...details, delay: error.delay });
  else if (error instanceof ApiError && error.status === 409)
    log.info('a write met a newer version, will look again', details);
  else if (error instanceof ApiError) log.warn(message, details);
  else log.error(message, { ...details, permanent: ending.kind === 'permanent', error });
  return ending;
}

function isEndOfWork(error: unknown): boolean {
  if (error instanceof ApiError && error.reason === 'Aborted') return true;
  return (
    error instanceof LeadershipLost ||
    error instanceof ConnectionDestroyed ||
    (error instanceof Error && error.name === 'AbortError')
  );
}
