// The life of an operator from `run` to its end. Caches run always (a standby is warm), handlers only while leading.
//
//   start probes and caches → acquire the lease → wait for the caches → work → one of:
//     stop signal          passes finish (10 s), events are sent, the lease is handed over; resolves
//     lease lost           everything is cut at once; rejects with LeadershipLost
//     connection destroyed everything is cut at once, as by SIGKILL; rejects with ConnectionDestroyed
import type { Registry } from 'prom-client';
import type { CacheHub } from './cache/cache-hub.ts';
import type { SharedCache } from './cache/shared-cache.ts';
import type { Recorder } from './events/recorder.ts';
import type { Election } from './leader/election.ts';
import { linkSignals, whenAborted, type Link } from './linked-signal.ts';
import type { Heartbeats } from './probes/heartbeat.ts';
import { startProbeServer, type ProbeServer } from './probes/probe-server.ts';
import type { Controller } from './reconcile/controller.ts';
import type { Clock, KubeObject, Log } from './types.ts';

/** How long (ms) passes under way may take to finish on shutdown, and after that to notice that they are cut short. */
const GRACE = 10_000;
const LAST_CALL = 1000;
const FLUSH = 3000;
const HAND_OVER = 3000;
/** A loop silent for longer (ms) is stuck: a list may take several 30 s requests with retries in between. */
const SILENT = 180_000;
const HEARTBEAT = 5000;

export type LifecycleParts = {
  readonly hub: CacheHub;
  readonly election: Election;
  readonly recorder: Recorder;
  readonly heartbeats: Heartbeats;
  readonly controllers: readonly Controller[];
  readonly destroyed: AbortSignal;
  readonly cut: AbortController;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly http: { readonly host: string; readonly port: number } | undefined;
  readonly onListening: (port: number) => void;
  readonly signal: AbortSignal;
};

export async function runLifecycle(parts: LifecycleParts): Promise<void> {
  const { hub, election, destroyed, cut, signal } = parts;
  const initial = hub.all;
  using fatal = linkSignals(destroyed, election.fence.signal);
  using ending = linkSignals(signal, fatal.signal);
  // Lost or destroyed: everything is cut in that instant, whatever stage the operator is in.
  fatal.signal.addEventListener('abort', () => cut.abort(fatal.signal.reason), { once: true });
  using passes = linkSignals(cut.signal);
  let server: ProbeServer | undefined;
  try {
    server = await startServer(parts, initial);
    hub.start(cut.signal);
    void heartbeat(parts);
    if (await election.acquire(ending.signal)) await workUntil(parts, initial, ending.signal, passes.signal);
    if (!fatal.signal.aborted) await shutDown(parts, fatal.signal, passes);
    fatal.signal.throwIfAborted();
  } finally {
    cut.abort(new DOMException('the operator has shut down', 'AbortError'));
    election.abandon();
    for (const controller of parts.controllers) void controller.drain();
    server?.close();
  }
}

/** Starts each controller as soon as it may, and returns when the end has come. */
async function workUntil(
  parts: LifecycleParts,
  initial: readonly SharedCache<KubeObject>[],
  ending: AbortSignal,
  passes: AbortSignal,
): Promise<void> {
  using over = whenAborted(ending);
  // One forbidden resource must not stop all the others: a reason why there is no list is as good as a list.
  await Promise.race([Promise.all(initial.map((cache) => cache.decided)), over.promise]);
  for (const controller of parts.controllers) void startWhenSynced(controller, passes, ending);
  await over.promise;
}

async function startWhenSynced(controller: Controller, passes: AbortSignal, ending: AbortSignal): Promise<void> {
  try {
    await controller.cache.whenSynced(ending);
  } catch {
    // The end came before the first list: there is nothing to start.
    return;
  }
  controller.start(passes);
}

async function shutDown(parts: LifecycleParts, fatal: AbortSignal, passes: Link): Promise<void> {
  const { clock, controllers, recorder, election, log } = parts;
  log.info('shutting down');
  using lostOnTheWay = whenAborted(fatal);
  const drained = Promise.all(controllers.map((controller) => controller.drain()));
  if ((await within(clock, GRACE, drained, lostOnTheWay.promise)) === 'late') {
    log.warn('handlers did not finish in time and are cut short', { after: GRACE });
    passes.abort(new DOMException('the operator is shutting down', 'AbortError'));
    await within(clock, LAST_CALL, drained, lostOnTheWay.promise);
  }
  if (fatal.aborted) return;
  await bounded(clock, FLUSH, fatal, recorder.flush);
  await bounded(clock, HAND_OVER, fatal, election.release);
}

async function within(
  clock: Clock,
  limit: number,
  work: Promise<unknown>,
  cutOff: Promise<void>,
): Promise<'done' | 'late'> {
  const timer = new AbortController();
  const late = clock.sleep(limit, timer.signal).then(() => 'late' as const);
  const result = await Promise.race([work.then(() => 'done' as const), cutOff.then(() => 'done' as const), late]);
  timer.abort();
  return result;
}

/** Runs `act` with a signal that fires after `limit` ms or with `fatal`. */
async function bounded(
  clock: Clock,
  limit: number,
  fatal: AbortSignal,
  act: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  using link = linkSignals(fatal);
  const timer = new AbortController();
  void clock.sleep(limit, timer.signal).then(() => link.abort(new DOMException('took too long', 'TimeoutError')));
  await act(link.signal);
  timer.abort();
}

async function heartbeat(parts: LifecycleParts): Promise<void> {
  while (!parts.cut.signal.aborted) {
    parts.heartbeats.beat('main loop');
    await parts.clock.sleep(HEARTBEAT, parts.cut.signal);
  }
}

async function startServer(
  parts: LifecycleParts,
  initial: readonly SharedCache<KubeObject>[],
): Promise<ProbeServer | undefined> {
  if (parts.http === undefined) return undefined;
  const { hub, heartbeats, clock, signal } = parts;
  const live = (): readonly string[] => [
    ...heartbeats.silent(SILENT),
    ...hub.all
      .filter((cache) => clock.now() - cache.lastBeat > SILENT)
      .map((cache) => `${cache.resource.plural}: the watch loop is stuck`),
  ];
  const ready = (): readonly string[] => [
    ...(signal.aborted ? ['shutting down'] : []),
    ...initial
      .filter((cache) => !cache.synced && !cache.stopped)
      .map((cache) => `${cache.resource.plural}: ${cache.problem?.message ?? 'not synced yet'}`),
  ];
  const server = await startProbeServer(parts.http, { live, ready }, parts.registry);
  parts.onListening(server.port);
  parts.log.info('serving probes and metrics', { host: parts.http.host, port: server.port });
  return server;
}
