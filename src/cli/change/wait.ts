// Waiting for what a verb has set off. One small read a second: it is one object, and a person waits with it.
import type { Client, Clock } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../api/kinds.ts';
import { EXIT } from '../exit-codes.ts';
import { harmless } from '../harmless.ts';
import { isSettled, standOf } from '../migration/stand.ts';

export type Waiting = {
  readonly client: Client;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What the migration says meanwhile, once for each new message. */
  tell(message: string): void;
};

const BETWEEN_LOOKS = 1000;

/** 0 once the object is gone, 2 when a person is needed first. One that is over says "stalled" for a moment, and then goes. */
export function untilGone(migration: ProxyModeMigration, waiting: Waiting): Promise<number> {
  return until(migration, waiting, (now) => (isSettled(now) ? EXIT.blocked : undefined));
}

/** 0 once it stands in that phase, 2 when it came to a stop before. */
export function untilPhase(migration: ProxyModeMigration, phase: string, waiting: Waiting): Promise<number> {
  return until(migration, waiting, (now) => {
    if (standOf(now) === 'new') return undefined;
    if (now.status?.phase === phase) return EXIT.ready;
    return standOf(now) === 'stalled' ? EXIT.blocked : undefined;
  });
}

async function until(
  { metadata: { name, uid } }: ProxyModeMigration,
  { client, signal, clock, tell }: Waiting,
  codeOf: (now: ProxyModeMigration) => number | undefined,
): Promise<number> {
  let told = '';
  for (;;) {
    const now = await client.get(PROXY_MODE_MIGRATIONS, { name }, { signal });
    if (now === undefined || now.metadata.uid !== uid) return EXIT.ready;
    const message = harmless(now.status?.message ?? '');
    if (message !== told && message !== '') tell(message);
    told = message;
    const code = codeOf(now);
    if (code !== undefined) return code;
    await clock.sleep(BETWEEN_LOOKS, signal);
    signal.throwIfAborted();
  }
}
