// Reads what a node's rules are, and what its kube-proxy says of itself: as the files of a recording, so that what is judged now can be
// kept, and judged again later.
import type { Duplex } from 'node:stream';
import { messageOf } from 'kopf-ts';
import type { Finding } from '../../dataplane/compare/finding.ts';
import type { Objects } from '../../dataplane/recording/read-recording.ts';
import { runBatch, type BatchOutput } from '../../node/batch.ts';
import type { NodeShell } from '../../node/shell.ts';
import { get } from '../ask.ts';
import { addressesText } from './own-addresses.ts';
import { ADDRESSES, IPTABLES_PROGRAMS, RULES_COMMANDS, savedBy } from './rules-commands.ts';

/** How much of a node's rules is judged; half a ruleset looks like a broken one, so what is more is not judged at all. */
export type Most = {
  readonly bytes: number;
  /** Each takes memory once it is read: short rules take most. */
  readonly words: number;
};

/**
 * Of the operator, whose chart gives it 512Mi, half of that for V8's heap: judging this much takes 130 MB of heap. With 5,000 Services of
 * three endpoints a node prints 8 MB in mode iptables, and 4 MB in the others.
 */
export const OPERATOR_MOST: Most = { bytes: 16 * 1024 * 1024, words: 2_500_000 };
/** Milliseconds for all of it: nft and iptables-save take seconds where there are thousands of Services. */
const PATIENCE = 120_000;
const NO_SUCH_PROGRAM = 127;

export type NodeSource = {
  readonly shell: NodeShell;
  /** Asks the node's kube-proxy; rejects where it does not answer. */
  readonly ask: (path: '/proxyMode' | '/configz') => Promise<string>;
  /** Its configuration as it is written, for where it cannot be asked. */
  readonly config: string | undefined;
};

/** Each question over a stream of its own to the port kube-proxy listens on. */
export function askingThrough(open: () => Promise<Duplex>): NodeSource['ask'] {
  return async (path) => {
    const stream = await open();
    try {
      return await get(stream, path);
    } finally {
      stream.destroy();
    }
  };
}

export type ReadOptions = { readonly mark: string; readonly most: Most; readonly signal: AbortSignal };

export type NodeReading =
  | {
      readonly kind: 'read';
      /** By name of file. */
      readonly texts: ReadonlyMap<string, string>;
      /** What could not be read. Nothing is said about it. */
      readonly unread: readonly Finding[];
    }
  | { readonly kind: 'unread'; readonly why: string };

/** `objects`: of the same moment, as far as can be. Rejects only as they do. */
export async function readNode(
  { shell, ask, config }: NodeSource,
  objects: Promise<Objects>,
  { mark, most, signal }: ReadOptions,
): Promise<NodeReading> {
  const ran = await runBatch(shell, RULES_COMMANDS, { mark, timeout: PATIENCE, maxOutput: most.bytes, signal });
  if (ran.kind === 'timedOut')
    return { kind: 'unread', why: `reading its rules took longer than ${PATIENCE / 1000} s` };
  if (ran.kind !== 'ran') return { kind: 'unread', why: ran.message };
  if (ran.truncated || wordsIn(ran.outputs) > most.words) return { kind: 'unread', why: tooLarge(most) };
  const missing = RULES_COMMANDS.find(({ id }) => !ran.outputs.has(id));
  if (missing !== undefined) return { kind: 'unread', why: `what it printed broke off before ${missing.id}` };
  const said = await askProxy(ask, config);
  if ('why' in said) return { kind: 'unread', why: said.why };
  return { kind: 'read', ...textsOf(ran.outputs, said.texts, await objects) };
}

function tooLarge({ bytes, words }: Most): string {
  return `its rules are too large to judge: more than ${bytes / 1024 / 1024} MiB, or ${words / 1e6} million words`;
}

function wordsIn(outputs: ReadonlyMap<string, BatchOutput>): number {
  let words = 0;
  for (const { stdout } of outputs.values()) {
    let before = SPACE;
    for (let at = 0; at < stdout.length; at++) {
      const code = stdout.charCodeAt(at);
      if (code > SPACE && before <= SPACE) words++;
      before = code;
    }
  }
  return words;
}

/** What is not above it separates words. */
const SPACE = 32;

type Said = { readonly texts: readonly (readonly [string, string])[] } | { readonly why: string };

async function askProxy(ask: NodeSource['ask'], config: string | undefined): Promise<Said> {
  try {
    const mode = await ask('/proxyMode');
    return {
      texts: [
        ['proxyMode.txt', mode],
        ['configz.json', await ask('/configz')],
      ],
    };
  } catch (error) {
    if (config !== undefined) return { texts: [['kube-proxy-config.yml', config]] };
    return { why: `its kube-proxy does not say how it is configured: ${messageOf(error)}` };
  }
}

function textsOf(
  outputs: ReadonlyMap<string, BatchOutput>,
  said: readonly (readonly [string, string])[],
  objects: Objects,
): { readonly texts: ReadonlyMap<string, string>; readonly unread: readonly Finding[] } {
  const good = new Map([...outputs].flatMap(([id, { code, stdout }]) => (code === 0 ? [[id, stdout] as const] : [])));
  const addresses = addressesText(good, objects);
  const texts = new Map([...good].filter(([id]) => !NOT_FILES.has(id)));
  for (const program of IPTABLES_PROGRAMS) keepOne(texts, program);
  if (addresses !== undefined) texts.set(ADDRESSES.ip, addresses);
  for (const [name, text] of said) texts.set(name, text);
  const failed = [...outputs].filter(([id, { code }]) => code !== 0 && code !== NO_SUCH_PROGRAM && !NOT_FILES.has(id));
  return { texts, unread: failed.map(([id, { code, stderr }]) => notRead(id, code, stderr)) };
}

const NOT_FILES: ReadonlySet<string> = new Set(Object.values(ADDRESSES));

/** A flavour without rules is left out; where neither has any, that is what is recorded. */
function keepOne(texts: Map<string, string>, program: string): void {
  const read = savedBy(program).filter((name) => texts.has(name));
  const empty = read.filter((name) => texts.get(name)?.trim() === '');
  for (const name of empty) texts.delete(name);
  if (read.length > 0 && empty.length === read.length) texts.set(`${program}-save-c.txt`, '');
}

function notRead(id: string, code: number, stderr: string): Finding {
  const reason = stderr.trim().split('\n')[0] ?? '';
  return {
    kind: 'unread',
    id: 'not-read',
    severity: 'note',
    service: undefined,
    family: undefined,
    where: id.replace(/\.txt$/, ''),
    what: `Could not be read: ${reason === '' ? `exit code ${code}` : reason.slice(0, 200)}`,
    fix: 'Look at it by hand: nothing is said about it.',
  };
}
