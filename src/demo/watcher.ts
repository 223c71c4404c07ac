// Looks at the simulated cluster for the viewer: objects straight from the store, and what only the simulator knows.
import type { Clock } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type NodeMigration, type ProxyModeMigration } from '../api/kinds.ts';
import type { Simulator } from '../simulator/start.ts';
import { EVENTS, type Stored, type StoreEvent } from '../simulator/types.ts';
import type { NodeView } from '../terminal/node-view.ts';
import { zoneOf } from './cluster.ts';
import type { EventView, View } from './view.ts';
import { MIGRATION } from './user.ts';

export type Scene = Pick<View, 'story' | 'command'>;

/** Nothing in the demo takes as long as this (ms); when something does, the demo says so and ends. */
const PATIENCE = 60_000;
const BETWEEN_LOOKS = 50;

export type WatcherOptions = {
  readonly simulator: Simulator;
  readonly clock: Clock;
  readonly cluster: string;
  readonly startedAt: number;
  readonly onEvent: (event: EventView) => void;
};

export class Watcher {
  scene: Scene = { story: '', command: '' };
  readonly #options: WatcherOptions;
  readonly #events: EventView[] = [];

  constructor(options: WatcherOptions) {
    this.#options = options;
    options.simulator.store.subscribe((event) => this.#observe(event));
  }

  migration(): ProxyModeMigration | undefined {
    return this.#options.simulator.store.get(PROXY_MODE_MIGRATIONS, { name: MIGRATION }) as
      | (Stored & ProxyModeMigration)
      | undefined;
  }

  records(): readonly NodeMigration[] {
    return this.#options.simulator.store.list(NODE_MIGRATIONS) as readonly (Stored & NodeMigration)[];
  }

  /** The migration is in that phase, and its records and Events have caught up with it. */
  hasEnded(phase: string): boolean {
    if (this.migration()?.status?.phase !== phase) return false;
    const told = new Map(this.#events.map(({ about, phase: last }) => [about, last]));
    return this.records().every(
      ({ spec, status }) => status?.phase === 'Pending' || told.get(spec.nodeName) === status?.phase,
    );
  }

  view(): View {
    const { simulator, clock, cluster, startedAt } = this.#options;
    const phases = new Map(this.records().map(({ spec, status }) => [spec.nodeName, status?.phase]));
    const nodes = simulator.nodes.map((node): NodeView => ({
      name: node.name,
      zone: zoneOf(node.name),
      phase: phases.get(node.name),
      mode: node.proxyMode(),
      dark: node.dataplane().dark,
    }));
    const { phase = '', message = '' } = this.migration()?.status ?? {};
    return { cluster, elapsed: clock.now() - startedAt, ...this.scene, nodes, phase, message, events: this.#events };
  }

  /** Rejects when the signal fires, or when it takes too long. */
  async until(what: string, condition: () => boolean, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + PATIENCE;
    while (!condition()) {
      signal.throwIfAborted();
      if (clock.now() > deadline)
        throw new Error(
          `waited ${PATIENCE / 1000} s in vain for ${what}; the migration says: ${this.migration()?.status?.message ?? 'nothing'}`,
        );
      await clock.sleep(BETWEEN_LOOKS, signal);
    }
  }

  #observe({ type, resource, object }: StoreEvent): void {
    if (resource.plural !== EVENTS.plural || type !== 'ADDED') return;
    const event = eventView(object as EventObject, this.#options.clock.now() - this.#options.startedAt);
    this.#events.push(event);
    this.#options.onEvent(event);
  }
}

type EventObject = {
  readonly regarding?: { readonly kind?: string; readonly name?: string };
  readonly type?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly note?: string;
};

function eventView(object: EventObject, at: number): EventView {
  const { regarding = {}, type, action = '', reason = '', note = '' } = object;
  const name = regarding.name ?? '';
  const about = regarding.kind === NODE_MIGRATIONS.kind ? name.slice(MIGRATION.length + 1) : name;
  return { at, about, bad: type === 'Warning', phase: action, reason, note };
}
