// Where changes meet watches: every change of a resource is matched against the watches on it and serialised at most once for
// all of them. An object that leaves a selection is DELETED there, one that enters is ADDED.
import type { StoreEvent, Stored } from '../types.ts';
import { type ApiStore, resourceKey } from './store.ts';
import type { Selection } from './selection.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export type Watcher = {
  readonly selection: Selection;
  /** `line` serialises on first use, for whoever wants the plain form. */
  deliver(
    type: WatchEventType,
    object: Stored,
    change: { readonly event: StoreEvent; readonly line: () => string },
  ): void;
  bookmark(version: number): void;
};

export type WatchHub = {
  add(resource: { readonly group: string; readonly plural: string }, watcher: Watcher): () => void;
  /** Tells every watch that asked for bookmarks how far it has come. */
  bookmark(): void;
  close(): void;
};

export function createWatchHub(store: ApiStore): WatchHub {
  const watchers = new Map<string, Set<Watcher>>();

  function dispatch(event: StoreEvent): void {
    const interested = watchers.get(resourceKey(event.resource));
    if (interested === undefined || interested.size === 0) return;
    const lines = new Map<WatchEventType, string>();
    for (const watcher of interested) deliverTo(watcher, event, lines);
  }

  return {
    add(resource, watcher) {
      const key = resourceKey(resource);
      const set = watchers.get(key) ?? new Set();
      watchers.set(key, set.add(watcher));
      return () => {
        set.delete(watcher);
      };
    },
    bookmark() {
      for (const set of watchers.values()) for (const watcher of set) watcher.bookmark(store.revision);
    },
    close: store.subscribe(dispatch),
  };
}

/** Also used to replay the history for a watch that resumes. */
export function deliverTo(watcher: Watcher, event: StoreEvent, lines: Map<WatchEventType, string>): void {
  const seen = transition(event, watcher.selection);
  if (seen === undefined) return;
  const { type, object } = seen;
  const line = () => {
    const made = lines.get(type) ?? eventLine(type, object);
    lines.set(type, made);
    return made;
  };
  watcher.deliver(type, object, { event, line });
}

type Seen = { readonly type: WatchEventType; readonly object: Stored };

function transition(event: StoreEvent, selection: Selection): Seen | undefined {
  const now = event.type !== 'DELETED' && selection.matches(event.object);
  const before = event.old !== undefined && selection.matches(event.old);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!before || event.old === undefined) return undefined;
  return { type: 'DELETED', object: event.type === 'DELETED' ? event.object : lastSeen(event.old, event.object) };
}

/** What has left the selection is shown as it was in it, at the version at which it left. */
function lastSeen(old: Stored, object: Stored): Stored {
  return { ...old, metadata: { ...old.metadata, resourceVersion: object.metadata.resourceVersion ?? '' } };
}

export function eventLine(type: string, object: object): string {
  return `{"type":"${type}","object":${JSON.stringify(object)}}\n`;
}
