// One watch request: opens the stream and hands over its events until it ends. Reconnecting is the reflector's business.
import { linkSignals } from '../linked-signal.ts';
import { resourceName } from '../resource-key.ts';
import type { Clock, KubeObject, Resource, Selection } from '../types.ts';
import { toApiError, type ApiStatus } from './api-status.ts';
import { createJsonLines } from './json-lines.ts';
import { collectionPath, describePlace, selectorQuery } from './paths.ts';
import type { ClientMetrics } from './client-metrics.ts';
import type { RequestSpec } from './request.ts';
import { readText, type OpenReply, type Transport } from './transport.ts';

export type RawWatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject }
  | { readonly type: 'ERROR'; readonly object: ApiStatus };

/** Nothing, not even a bookmark (one a minute), for so long: the connection is half open. */
export class WatchSilent extends Error {
  override readonly name = 'WatchSilent';
}

export type WatchRequest = {
  readonly resource: Resource;
  readonly selection: Selection;
  readonly resourceVersion: string;
  /** After how many seconds the server is to end the watch. */
  readonly timeoutSeconds: number;
  /** Milliseconds without a byte after which the stream counts as dead. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** Called at every sign of life. */
  readonly onBytes: () => void;
  readonly onEvent: (event: RawWatchEvent) => void;
};

export type Watcher = { watch(request: WatchRequest): Promise<void> };

export function createWatcher(
  transport: Transport,
  metrics: ClientMetrics,
  clock: Clock,
  destroyed: AbortSignal,
): Watcher {
  return {
    /** Resolves when the server ends the stream properly; rejects with ApiError, BrokenStream, WatchSilent or a socket error. */
    async watch(request) {
      using link = linkSignals(request.signal, destroyed);
      let lastByte = clock.now();
      const alive = (): void => {
        lastByte = clock.now();
        request.onBytes();
      };
      const guard = watchSilence(request.silence, clock, () => lastByte, link);
      try {
        await readEvents(await open(transport, metrics, request, link.signal), request, alive);
      } catch (error) {
        throw link.signal.reason ?? error;
      } finally {
        link.abort(undefined);
        await guard;
      }
    },
  };
}

async function watchSilence(
  limit: number,
  clock: Clock,
  lastByte: () => number,
  link: { readonly signal: AbortSignal; abort(reason: unknown): void },
): Promise<void> {
  while (!link.signal.aborted) {
    const left = lastByte() + limit - clock.now();
    if (left <= 0) link.abort(new WatchSilent(`nothing received for ${limit} ms`));
    else await clock.sleep(left, link.signal);
  }
}

async function open(
  transport: Transport,
  metrics: ClientMetrics,
  request: WatchRequest,
  signal: AbortSignal,
): Promise<OpenReply> {
  const { resource, selection } = request;
  const spec: RequestSpec & { readonly signal: AbortSignal } = {
    verb: 'watch',
    resource: resourceName(resource),
    place: describePlace(resource, selection.namespace === undefined ? {} : { namespace: selection.namespace }),
    method: 'GET',
    path: collectionPath(resource, selection.namespace),
    query: {
      ...selectorQuery(selection),
      watch: 'true',
      resourceVersion: request.resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(request.timeoutSeconds),
    },
    repeat: 'never',
    signal,
  };
  const started = performance.now();
  const reply = await transport.open(spec);
  // Long-running requests are counted when they are answered; their duration says nothing about the server.
  metrics.observe(spec, String(reply.status), performance.now() - started);
  if (reply.status === 200) return reply;
  const { status, retryAfter } = reply;
  throw toApiError(spec, { kind: 'reply', status, retryAfter, text: await readText(spec, reply) });
}

async function readEvents(reply: OpenReply, request: WatchRequest, alive: () => void): Promise<void> {
  const lines = createJsonLines();
  alive();
  for await (const chunk of reply.body) {
    alive();
    for (const value of lines.push(chunk)) request.onEvent(value as RawWatchEvent);
  }
  lines.end();
}
