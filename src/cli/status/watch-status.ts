// `status --watch`: caches kept current by watches, drawn whenever something has changed, until the migration needs nobody to look.
import { createOperator, type Cache, type Clock, type KubeObject } from 'kopf-ts';
import {
  NODE_MIGRATIONS,
  PROXY_MODE_MIGRATIONS,
  type NodeMigration,
  type ProxyModeMigration,
} from '../../api/kinds.ts';
import { SILENT, type Cluster } from '../cluster.ts';
import { EXIT } from '../exit-codes.ts';
import { NODES, ofMigration, zoneOf } from '../migration/records.ts';
import { exitCodeOf, isSettled, standOf } from '../migration/stand.ts';
import type { Terminal } from '../terminal.ts';
import { linePainter, picturePainter, type Painter } from './painters.ts';
import type { StatusView } from './render-status.ts';

/** Without news the times in the picture go on. */
const TICK = 1000;
/** As long as this the first picture waits for the nodes' zones. */
const FOR_ZONES = 2000;
/** Many changes in a row are one picture. */
const GAP = 100;

type Caches = {
  readonly migrations: Cache<ProxyModeMigration>;
  readonly records: Cache<NodeMigration>;
  readonly nodes: Cache<KubeObject>;
};

/** Resolves with the exit code once the migration is over, needs a person, or is gone; rejects when `signal` fires. */
export async function watchStatus(
  name: string,
  { connection, signal }: Pick<Cluster, 'connection' | 'signal'>,
  terminal: Terminal,
  clock: Clock,
): Promise<number> {
  const leave = new AbortController();
  const operator = createOperator({ name: 'kubectl-proxymode', connection, clock, log: SILENT });
  let news = Promise.withResolvers<void>();
  const onEvent = (): void => news.resolve();
  const caches: Caches = {
    migrations: operator.cache(PROXY_MODE_MIGRATIONS, {
      selection: { fieldSelector: `metadata.name=${name}` },
      onEvent,
    }),
    records: operator.cache(NODE_MIGRATIONS, { selection: ofMigration(name), onEvent }),
    nodes: operator.cache(NODES, { project: onlyLabels, onEvent }),
  };
  const running = operator.run(AbortSignal.any([signal, leave.signal]));
  const painter = terminal.live ? picturePainter(terminal) : linePainter(terminal);
  try {
    await Promise.all([caches.migrations.whenSynced(signal), caches.records.whenSynced(signal)]);
    // Zones are for the picture only, and not everybody may list nodes.
    const enough = new AbortController();
    const patience = clock.sleep(FOR_ZONES, AbortSignal.any([signal, enough.signal]));
    await Promise.race([caches.nodes.whenSynced(signal), patience]);
    enough.abort();
    for (;;) {
      news = Promise.withResolvers();
      const code = look(name, caches, painter, clock.now());
      if (code !== undefined) return code;
      const pause = new AbortController();
      await Promise.race([news.promise, clock.sleep(TICK, AbortSignal.any([signal, pause.signal]))]);
      pause.abort();
      await clock.sleep(GAP, signal);
      signal.throwIfAborted();
    }
  } finally {
    painter.close();
    leave.abort();
    await running;
  }
}

/** The exit code when there is nothing more to see. */
function look(name: string, caches: Caches, painter: Painter, now: number): number | undefined {
  const migration = caches.migrations.get({ name });
  if (migration === undefined) {
    painter.say(`${name} is gone`);
    return EXIT.ready;
  }
  const view = viewOf(migration, caches, now);
  if (!isSettled(migration)) {
    painter.show(view);
    return undefined;
  }
  painter.showLast(view);
  return exitCodeOf(standOf(migration));
}

function viewOf(migration: ProxyModeMigration, { records, nodes }: Caches, now: number): StatusView {
  const zones = new Map(nodes.list().map((node) => [node.metadata.name, zoneOf(node)]));
  return { migration, records: records.list(), zones, now };
}

/** Of thousands of nodes only what is drawn is kept. */
function onlyLabels({ metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, labels } = metadata;
  return {
    metadata: { name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(labels && { labels }) },
  };
}
