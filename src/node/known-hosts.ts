// known_hosts, read and asked: is this the key of that host? Nothing is ever added to it. Format: sshd(8), "SSH_KNOWN_HOSTS
// FILE FORMAT". Where OpenSSH would ask a person, the answer here is no, and says what the person has to know.
import { createHash, createHmac } from 'node:crypto';

export type KnownHosts = {
  readonly entries: readonly Entry[];
  /** Lines that say nothing: their number and why. A host that is only in such a line is unknown. */
  readonly problems: readonly string[];
};

export type Entry = {
  /** Counts from 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  readonly matches: (host: string) => boolean;
  /** `ssh-ed25519` and the like. */
  readonly type: string;
  /** As on the wire. */
  readonly key: Buffer;
};

export type Verdict = { readonly kind: 'known' } | { readonly kind: 'refused'; readonly message: string };

let latest: { readonly text: string; readonly known: KnownHosts } | undefined;

/** The same, read once as long as it is the same text: every node's login comes with it. */
export function readKnownHosts(text: string): KnownHosts {
  if (latest?.text !== text) latest = { text, known: parseKnownHosts(text) };
  return latest.known;
}

export function parseKnownHosts(text: string): KnownHosts {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: index + 1, text: line.trim() }));
  const read = lines.filter((each) => each.text !== '' && !each.text.startsWith('#')).map(parseLine);
  return {
    entries: read.flatMap((each) => (typeof each === 'string' ? [] : [each])),
    problems: read.flatMap((each) => (typeof each === 'string' ? [each] : [])),
  };
}

/** Key types of a host, those first to be negotiated for which a key is known: a server may have several. */
export function knownTypes(known: KnownHosts, host: string, port: number): readonly string[] {
  return [...new Set(plainEntries(known, nameOf(host, port)).map((entry) => entry.type))];
}

/** @param key what the host has shown, as on the wire. */
export function checkHostKey(known: KnownHosts, { host, port }: { host: string; port: number }, key: Buffer): Verdict {
  const name = nameOf(host, port);
  const type = typeOf(key) ?? 'unreadable key';
  const shown = `${name} shows the host key ${type} ${fingerprint(key)}`;
  const matching = known.entries.filter((entry) => entry.matches(name));
  const revoked = matching.find((entry) => entry.marker === 'revoked' && entry.key.equals(key));
  if (revoked !== undefined) return refused(`${shown}, which line ${revoked.line} of the known hosts calls revoked`);
  const plain = plainEntriesOf(matching);
  if (plain.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  const other = plain.find((entry) => entry.type === type);
  if (other !== undefined) return refused(changed(shown, other));
  return refused(`${shown}, ${whyUnknown(known, matching, name)}`);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function changed(shown: string, other: Entry): string {
  const before = `line ${other.line} of the known hosts has ${fingerprint(other.key)}`;
  return `${shown}, but ${before}: the machine was set up anew, or somebody is in between`;
}

function whyUnknown(known: KnownHosts, matching: readonly Entry[], name: string): string {
  const authority = matching.find((entry) => entry.marker === 'cert-authority');
  if (authority !== undefined)
    return `and line ${authority.line} of the known hosts trusts certificates, which are not supported: add the host's own key`;
  const types = plainEntriesOf(matching).map((entry) => entry.type);
  if (types.length > 0) return `but the known hosts have only ${[...new Set(types)].join(', ')} for it`;
  const unread = known.problems.length === 0 ? '' : ` (not understood: ${known.problems.slice(0, 3).join('; ')})`;
  return `which is not among the known hosts${unread}: compare it with \`ssh-keygen -lf\` on ${name}, and add it`;
}

function refused(message: string): Verdict {
  return { kind: 'refused', message: `${message}. Nothing was sent` };
}

function plainEntries(known: KnownHosts, name: string): readonly Entry[] {
  return plainEntriesOf(known.entries.filter((entry) => entry.matches(name)));
}

function plainEntriesOf(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => entry.marker === 'none');
}

/** Another port than 22 makes another name; a key is not taken over from the host's usual port. */
function nameOf(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

const MARKERS: Readonly<Record<string, Entry['marker']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

/** A string when nothing can be made of the line. */
function parseLine({ line, text }: { line: number; text: string }): Entry | string {
  const words = text.split(/[ \t]+/);
  const marker = text.startsWith('@') ? MARKERS[words.shift() ?? ''] : 'none';
  const [hosts = '', type = '', encoded = ''] = words;
  if (marker === undefined) return `line ${line} begins with a marker that is not known`;
  const key = Buffer.from(encoded, 'base64');
  if (typeOf(key) !== type) return `line ${line} has no key of the type it names`;
  const matches = hosts.startsWith('|') ? hashedName(hosts) : patterns(hosts);
  return matches === undefined
    ? `line ${line} has a host name that cannot be read`
    : { line, marker, matches, type, key };
}

/** Keys name their own type: a length (four bytes) and so many characters. */
function typeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length < 64 && key.length > 4 + length ? key.toString('latin1', 4, 4 + length) : undefined;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function hashedName(text: string): Entry['matches'] | undefined {
  const [, version, salt = '', hash = '', ...rest] = text.split('|');
  const wanted = Buffer.from(hash, 'base64');
  if (version !== '1' || salt === '' || wanted.length !== 20 || rest.length > 0) return undefined;
  const bytes = Buffer.from(salt, 'base64');
  return (host) => createHmac('sha1', bytes).update(host).digest().equals(wanted);
}

/** Comma-separated, with `*` and `?`; one with `!` that matches excludes the host. */
function patterns(text: string): Entry['matches'] | undefined {
  const all = text
    .toLowerCase()
    .split(',')
    .filter((pattern) => pattern !== '');
  if (all.length === 0) return undefined;
  const exclude = all.filter((pattern) => pattern.startsWith('!')).map((pattern) => glob(pattern.slice(1)));
  const include = all.filter((pattern) => !pattern.startsWith('!')).map(glob);
  return (host) => !exclude.some((matches) => matches(host)) && include.some((matches) => matches(host));
}

function glob(pattern: string): (host: string) => boolean {
  return (host) => globMatches(pattern, host);
}

/**
 * Not as a regular expression: with several stars one would try every way to share a name among them. When nothing fits,
 * it is enough to let the last star take one character more, so the steps are at most the two lengths multiplied.
 */
function globMatches(pattern: string, host: string): boolean {
  let at = 0;
  let star: { readonly after: number; taken: number } | undefined;
  for (let next = 0; next < host.length;) {
    const wanted = pattern[at];
    if (wanted === '*') {
      at += 1;
      star = { after: at, taken: next };
    } else if (wanted === '?' || wanted === host[next]) {
      at += 1;
      next += 1;
    } else if (star === undefined) {
      return false;
    } else {
      star.taken += 1;
      at = star.after;
      next = star.taken;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
