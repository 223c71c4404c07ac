// A registered handler and what is remembered of it per object. The memory lives in the process only: after a restart
// everything is looked at again, which is what level-triggered handlers expect.
import type { Handler, KubeObject } from '../types.ts';

export type HandlerRecord = {
  readonly id: string;
  readonly cause: 'reconcile' | 'create' | 'resume' | 'update' | 'delete' | 'timer';
  readonly handler: Handler<KubeObject>;
  readonly resync?: number;
  readonly finalizer?: string;
  readonly interval?: number;
  readonly initialDelay?: number;
};

export type HandlerMemory = {
  /** Failures in a row. */
  failures: number;
  /** The digest it last succeeded for; for timers, whether it ever ran. */
  doneFor: string | undefined;
  /** The digest for which it failed permanently. */
  heldFor: string | undefined;
  /** Timers: when to run next. */
  dueAt: number | undefined;
};

export type ObjectMemory = {
  readonly uid: string | undefined;
  /** `created`: it appeared while this process led; `found`: it was there before. */
  readonly origin: 'created' | 'found';
  readonly handlers: Map<string, HandlerMemory>;
};

export function memoryOf(memory: ObjectMemory, record: HandlerRecord): HandlerMemory {
  const known = memory.handlers.get(record.id);
  if (known !== undefined) return known;
  const fresh: HandlerMemory = { failures: 0, doneFor: undefined, heldFor: undefined, dueAt: undefined };
  memory.handlers.set(record.id, fresh);
  return fresh;
}

/**
 * What counts as "the object changed": its identity, deletion, generation, labels and annotations, but not its status.
 * Kinds without a generation (ConfigMap, Pod before 1.35) change with every resourceVersion.
 */
export function digestOf(object: KubeObject | undefined): string {
  if (object === undefined) return 'gone';
  const { uid, deletionTimestamp, generation, resourceVersion, labels, annotations } = object.metadata;
  return JSON.stringify([uid, deletionTimestamp !== undefined, generation ?? resourceVersion, labels, annotations]);
}
