// The composition of an operator: caches, controllers, election, events and probes around one connection. How it lives
// and ends is in lifecycle.ts.
import { createCacheHub } from './cache/cache-hub.ts';
import { wireOf } from './client/connection.ts';
import { createRecorder } from './events/recorder.ts';
import { createNoElection } from './leader/no-election.ts';
import { createElection, type Election } from './leader/election.ts';
import { createLeaseApi } from './leader/lease-api.ts';
import { runLifecycle } from './lifecycle.ts';
import { gauge } from './metric.ts';
import type { Operator, OperatorOptions } from './options.ts';
import { defaultIdentity } from './identity.ts';
import { createHeartbeats, type Heartbeats } from './probes/heartbeat.ts';
import { createHandlerClient } from './reconcile/handler-client.ts';
import { createRegistrations } from './registrations.ts';
import { objectKey, resourceKey } from './resource-key.ts';
import { systemRandom } from './system-clock.ts';

const MAX_CONCURRENT = 10;
const TIMING = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };

export function createOperator(options: OperatorOptions): Operator {
  const { connection, clock, log, name, random = systemRandom, registry = connection.registry } = options;
  const { requester, watcher } = wireOf(connection);
  const identity = options.identity ?? defaultIdentity(random);
  const hub = createCacheHub({ requester, watcher, clock, random, log }, registry);
  const heartbeats = createHeartbeats(clock);
  const election = electionOf(options, identity, heartbeats);
  /** Fires when nothing may leave this process any more: lease lost, connection destroyed, or shut down. */
  const cut = new AbortController();
  let state: 'new' | 'running' | 'over' = 'new';
  let port: number | undefined;

  const outside = createHandlerClient({
    client: connection.client,
    fence: election.fence,
    signal: cut.signal,
    // Nobody plans from what is written outside of handlers, events for one: it needs no gate.
    note: () => undefined,
    track: (write) => write,
  });
  const recorder = createRecorder({
    client: outside,
    reporter: { controller: name, instance: identity },
    clock,
    random,
    log,
    registry,
    signal: cut.signal,
  });
  const registrations = createRegistrations(
    hub,
    {
      hub,
      client: connection.client,
      fence: election.fence,
      emit: recorder.record,
      clock,
      random,
      log,
      registry,
      maxConcurrent: options.maxConcurrentReconciles ?? MAX_CONCURRENT,
    },
    () => {
      if (state !== 'new') throw new Error('handlers must be registered before the operator runs');
    },
  );

  return {
    on: registrations.on,
    client: outside,
    cache: (resource, cacheOptions) => hub.open(resource, cacheOptions),
    enqueue(resource, ref, after) {
      const mine = registrations.controllers.filter(
        (controller) => resourceKey(controller.resource) === resourceKey(resource),
      );
      if (mine.length === 0)
        throw new Error(`no handler is registered for ${resourceKey(resource)}, cannot enqueue ${objectKey(ref)}`);
      for (const controller of mine) controller.enqueue(ref, after);
    },
    get isLeader() {
      return state === 'running' && election.leading;
    },
    get port() {
      return port;
    },
    async run(signal) {
      if (state !== 'new') throw new Error('an operator runs only once');
      state = 'running';
      try {
        await runLifecycle({
          hub,
          election,
          recorder,
          heartbeats,
          controllers: registrations.controllers,
          destroyed: connection.destroyed,
          cut,
          clock,
          log,
          registry,
          http: options.http,
          onListening: (bound) => void (port = bound),
          signal,
        });
      } finally {
        state = 'over';
      }
    },
  };
}

function electionOf(options: OperatorOptions, identity: string, heartbeats: Heartbeats): Election {
  const { connection, clock, log, leaderElection, random = systemRandom, registry = connection.registry } = options;
  const status = gauge(registry, {
    name: 'leader_election_master_status',
    help: '1 while this process leads, 0 while it stands by.',
    labelNames: ['name'],
  });
  const label = { name: leaderElection?.name ?? options.name };
  const onChange = (leading: boolean): void => status.set(label, leading ? 1 : 0);
  onChange(false);
  if (leaderElection === undefined) return createNoElection(onChange);
  const { namespace, name } = leaderElection;
  const { requester, fieldManager } = wireOf(connection);
  return createElection({
    api: createLeaseApi(requester, { namespace, name }, fieldManager),
    lease: { namespace, name },
    identity,
    timing: {
      leaseDuration: leaderElection.leaseDuration ?? TIMING.leaseDuration,
      renewDeadline: leaderElection.renewDeadline ?? TIMING.renewDeadline,
      retryPeriod: leaderElection.retryPeriod ?? TIMING.retryPeriod,
    },
    clock,
    random,
    log,
    onChange,
    beat: () => heartbeats.beat('leader election'),
  });
}
