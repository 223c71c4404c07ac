// Lists in pages: the first page fixes a snapshot, `continue` tokens name it, and the rest of it is served as it was then.
import { randomUUID } from 'node:crypto';
import type { Stored } from '../types.ts';
import { badRequest, expired } from './status-errors.ts';

/** Above this many unfinished lists the oldest is forgotten: its next page is expired, as after a compaction. */
const MAX_SNAPSHOTS = 64;

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

export type Snapshot = { readonly items: readonly Stored[]; readonly version: number };
export type Page = {
  readonly items: readonly Stored[];
  readonly version: number;
  readonly next: string | undefined;
  readonly remaining: number;
};

export type Pages = {
  first(snapshot: Snapshot, limit: number): Page;
  /** Throws Expired when the snapshot is gone, or older than `floor`. */
  next(token: string, limit: number, floor: number): Page;
};

export function createPages(): Pages {
  const snapshots = new Map<string, Snapshot>();

  function page(snapshot: Snapshot, position: { id: string; offset: number }, limit: number): Page {
    const end = limit > 0 ? position.offset + limit : snapshot.items.length;
    const items = snapshot.items.slice(position.offset, end);
    const remaining = Math.max(0, snapshot.items.length - end);
    if (remaining === 0) snapshots.delete(position.id);
    else snapshots.set(position.id, snapshot);
    const oldest = snapshots.size > MAX_SNAPSHOTS ? snapshots.keys().next().value : undefined;
    if (oldest !== undefined) snapshots.delete(oldest);
    return {
      items,
      version: snapshot.version,
      remaining,
      next: remaining === 0 ? undefined : encode(position.id, end),
    };
  }

  return {
    first: (snapshot, limit) => page(snapshot, { id: randomUUID(), offset: 0 }, limit),
    next(token, limit, floor) {
      const position = decode(token);
      const snapshot = snapshots.get(position.id);
      if (snapshot === undefined || snapshot.version < floor) throw expired(TOO_OLD);
      return page(snapshot, position, limit);
    },
  };
}

function encode(id: string, offset: number): string {
  return Buffer.from(`${id}/${offset}`).toString('base64url');
}

function decode(token: string): { id: string; offset: number } {
  const match = /^(?<id>[0-9a-f-]{36})\/(?<offset>\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.groups;
  if (match === undefined) throw badRequest('invalid continue token: continue key is not valid');
  return { id: match['id'] ?? '', offset: Number(match['offset']) };
}
