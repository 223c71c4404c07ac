// Kopf's causes, decided from the object and what is remembered of it: which handlers have to run in this pass. Pure
// but for the memory it is handed, which `prepare` completes on first sight.
import type { KubeObject } from '../types.ts';
import { memoryOf, type HandlerMemory, type HandlerRecord, type ObjectMemory } from './handler-record.ts';

export type Sight = {
  readonly object: KubeObject | undefined;
  readonly digest: string;
  readonly memory: ObjectMemory;
  readonly now: number;
};

/** First sight of an object: what an update is measured against, and when a timer starts. */
export function prepare(records: readonly HandlerRecord[], sight: Sight): void {
  for (const record of records) {
    const memory = memoryOf(sight.memory, record);
    if (record.cause === 'update') memory.doneFor ??= sight.digest;
    if (record.cause === 'timer') memory.dueAt ??= sight.now + (record.initialDelay ?? 0);
  }
}

export function isDue(record: HandlerRecord, sight: Sight): boolean {
  const memory = memoryOf(sight.memory, record);
  return memory.heldFor !== sight.digest && applies(record, memory, sight);
}

function applies(record: HandlerRecord, memory: HandlerMemory, sight: Sight): boolean {
  const { object } = sight;
  const live = object !== undefined && object.metadata.deletionTimestamp === undefined;
  switch (record.cause) {
    case 'reconcile':
      return true;
    case 'create':
      return live && sight.memory.origin === 'created' && memory.doneFor === undefined;
    case 'resume':
      return live && sight.memory.origin === 'found' && memory.doneFor === undefined;
    case 'update':
      return live && memory.doneFor !== sight.digest;
    case 'delete':
      return !live && isDeletionDue(record, memory, object);
    case 'timer':
      return live && memory.dueAt !== undefined && memory.dueAt <= sight.now;
  }
}

/** With a finalizer: as long as it is on the object. Without: once, when the deletion is first seen. */
function isDeletionDue(record: HandlerRecord, memory: HandlerMemory, object: KubeObject | undefined): boolean {
  if (record.finalizer === undefined) return memory.doneFor === undefined;
  return object?.metadata.finalizers?.includes(record.finalizer) ?? false;
}

/** The finalizers a live object still lacks. */
export function missingFinalizers(
  records: readonly HandlerRecord[],
  object: KubeObject | undefined,
): readonly string[] {
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return [];
  const wanted = records.flatMap((record) => (record.finalizer === undefined ? [] : [record.finalizer]));
  return wanted.filter((name) => object.metadata.finalizers?.includes(name) !== true);
}
