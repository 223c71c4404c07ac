// A watch request: where it starts, in what form it is told, and when it ends.
import type { Answer, ResourceCall } from './call.ts';
import { formatOf, type Format } from './negotiate.ts';
import { checkListOptions, numberIn, selected, tableOptions } from './read.ts';
import { isTrue } from './request-info.ts';
import { parseSelection, type Selection } from './selection.ts';
import { apiVersionOf } from './served.ts';
import { expired, StatusError, statusOf, tooOldVersion } from './status-errors.ts';
import { partialMetadata, tableOf } from './table.ts';
import { deliverTo, eventLine, type Watcher, type WatchEventType } from './watch-hub.ts';
import { WatchStream } from './watch-stream.ts';
import type { StoreEvent, Stored } from '../types.ts';

/** The real server draws 30 to 60 minutes when the client does not say. */
const DEFAULT_TIMEOUT_SECONDS = 1800;

type Options = {
  readonly selection: Selection;
  readonly format: Format;
  readonly bookmarks: boolean;
  /** undefined: from the present state, sent as ADDED events. */
  readonly from: number | undefined;
  /** The initial events end with a bookmark that says so (WatchList). */
  readonly initialEvents: boolean;
  readonly timeoutSeconds: number;
};

export function watchObjects(call: ResourceCall): Answer {
  const options = watchOptions(call);
  const refusal = call.server.faults.watches.expiry(call.logged);
  if (refusal === 'status') throw expired('The resourceVersion for the provided watch is too old.');
  const stream = openStream(call);
  const start =
    refusal === 'event' ? tooOldVersion(options.from ?? 0, call.server.store.revision) : startOf(call, options);
  // Once the stream has begun, an error can only be an event on it; so does the real watch cache.
  if (start instanceof StatusError) refuse(stream, start);
  else run(call, { options, stream, start });
  return { kind: 'taken' };
}

function watchOptions(call: ResourceCall): Options {
  const { query } = call.info;
  checkListOptions(query);
  const version = numberIn(query, 'resourceVersion') ?? 0;
  const initialEvents = isTrue(query.get('sendInitialEvents'));
  return {
    selection: parseSelection(call.served, call.namespace, query),
    format: formatOf(call.request.headers.accept),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    from: initialEvents || version === 0 ? undefined : version,
    initialEvents,
    timeoutSeconds: numberIn(query, 'timeoutSeconds') ?? DEFAULT_TIMEOUT_SECONDS,
  };
}

function openStream(call: ResourceCall): WatchStream {
  const { response } = call;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const stream = new WatchStream(response);
  call.server.faults.watches.opened(call.logged, stream);
  return stream;
}

function refuse(stream: WatchStream, error: StatusError): void {
  stream.send(eventLine('ERROR', statusOf(error)));
  stream.end();
}

function startOf(call: ResourceCall, { from }: Options): readonly StoreEvent[] | StatusError {
  if (from === undefined) return [];
  const { store } = call.server;
  // Of the future: silence until the present has caught up.
  if (from > store.revision) return [];
  const history = store.history(call.served.resource);
  const missed = history.since(from);
  return missed === 'tooOld' ? tooOldVersion(from, history.floor) : missed;
}

type Run = { readonly options: Options; readonly stream: WatchStream; readonly start: readonly StoreEvent[] };

function run(call: ResourceCall, { options, stream, start }: Run): void {
  const { store, hub } = call.server;
  const watcher = watcherOn(call, options, stream);
  if (options.from === undefined) {
    for (const object of selected(call, options.selection))
      stream.send(lineFor(call, options, { type: 'ADDED', object }));
    if (options.initialEvents && options.bookmarks) stream.send(bookmarkLine(call, store.revision, true));
  }
  for (const event of start) deliverTo(watcher, event, new Map());
  const leave = hub.add(call.served.resource, watcher);
  const closed = new AbortController();
  stream.onClose(() => {
    leave();
    closed.abort();
  });
  void store.clock.sleep(options.timeoutSeconds * 1000, closed.signal).then(() => stream.end());
}

function watcherOn(call: ResourceCall, options: Options, stream: WatchStream): Watcher {
  const { watches } = call.server.faults;
  return {
    selection: options.selection,
    deliver(type, object, { event, line }) {
      if (Number(object.metadata.resourceVersion) <= (options.from ?? 0) || watches.hidden(call.logged, event)) return;
      stream.send(options.format === 'object' ? line() : lineFor(call, options, { type, object }));
    },
    bookmark(version) {
      if (options.bookmarks) stream.send(bookmarkLine(call, version, false));
    },
  };
}

function lineFor(
  call: ResourceCall,
  options: Options,
  { type, object }: { type: WatchEventType; object: Stored },
): string {
  switch (options.format) {
    case 'object':
      return eventLine(type, object);
    case 'metadata':
      return eventLine(type, partialMetadata(object));
    case 'table':
      return eventLine(
        type,
        tableOf(call.served, [object], tableOptions(call, { resourceVersion: object.metadata.resourceVersion })),
      );
  }
}

function bookmarkLine(call: ResourceCall, version: number, initialEventsEnd: boolean): string {
  const { resource } = call.served;
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion: String(version), creationTimestamp: null, ...annotations };
  return eventLine('BOOKMARK', { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata });
}
