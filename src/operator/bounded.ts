// How much of one object is kept. Whoever may write in a single namespace may fill objects to the 1.5 MB that etcd takes, hundreds of them,
// and all that is kept of a cluster has to fit into the operator's memory.

/** Characters. A big pod with all its arguments and variables has 20,000, one with a thousand ports 90,000. */
const MOST = 128 * 1024;
/** Of one text where there is more than that in all: a script inside an argument must not hide the containers after it. */
const LONGEST = 4 * 1024;
/** What an entry takes beside its characters. */
const ENTRY = 8;

/** The value itself, as nearly always; one that is too large without the ends of its long texts, and without its last entries. */
export function bounded<T>(value: T): T {
  return weightOf(value) <= MOST ? value : (cut(value, { left: MOST }) as T);
}

function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length + ENTRY;
  if (typeof value !== 'object' || value === null) return ENTRY;
  let weight = ENTRY;
  for (const [key, entry] of Object.entries(value)) weight += weightOf(entry) + (Array.isArray(value) ? 0 : key.length);
  return weight;
}

type Room = { left: number };

function cut(value: unknown, room: Room): unknown {
  room.left -= ENTRY;
  if (typeof value === 'string') return shortened(value, room);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.flatMap((entry) => (room.left > 0 ? [cut(entry, room)] : []));
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    room.left -= key.length;
    return room.left > 0 ? [[key, cut(entry, room)]] : [];
  });
  return Object.fromEntries(entries);
}

function shortened(text: string, room: Room): string {
  const most = Math.max(0, Math.min(LONGEST, room.left));
  room.left -= Math.min(text.length, most);
  // A slice would hold on to the whole text it is of.
  return text.length <= most ? text : Buffer.from(text.slice(0, most)).toString();
}
