// `ipvsadm -Sn`: the same virtual servers as options of ipvsadm(8), persistence in seconds, without connections.
import { canonical, splitHostPort } from '../addresses.ts';
import { serverKey, type RealServer, type VirtualServer, type VirtualServers } from '../rules/ipvs.ts';
import { Unread } from '../rules/not-understood.ts';
import { linesOf } from './lines.ts';

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['-t', 'tcp'],
  ['-u', 'udp'],
  ['--sctp-service', 'sctp'],
]);

type Growing = VirtualServer & { readonly servers: RealServer[] };

/** Never throws. */
export function parseIpvsadmSave(text: string): VirtualServers {
  const servers = new Map<string, Growing>();
  const unread = new Unread();
  for (const line of linesOf(text)) {
    const words = line.split(' ').filter((word) => word !== '');
    const front = frontOf(words);
    if (words.length === 0 || words[1] === '-f') continue;
    const key = front === undefined ? '' : serverKey(front);
    const server = words[0] === '-a' ? serverOf(words) : undefined;
    if (front !== undefined && words[0] === '-A') servers.set(key, { ...front, ...flagsOf(words), servers: [] });
    else if (server !== undefined && servers.has(key)) servers.get(key)?.servers.push(server);
    else unread.add(line);
  }
  return { servers, notUnderstood: unread.total };
}

function frontOf(words: readonly string[]): Pick<VirtualServer, 'protocol' | 'address' | 'port'> | undefined {
  const protocol = PROTOCOLS.get(words[1] ?? '');
  const at = splitHostPort(words[2] ?? '');
  return protocol === undefined || at === undefined
    ? undefined
    : { protocol, address: canonical(at.address), port: at.port };
}

function flagsOf(words: readonly string[]): Pick<VirtualServer, 'scheduler' | 'persistentSeconds'> {
  const persistent = valueOf(words, '-p');
  return {
    scheduler: valueOf(words, '-s') ?? '',
    persistentSeconds: persistent === undefined ? undefined : Number(persistent),
  };
}

function serverOf(words: readonly string[]): RealServer | undefined {
  const at = splitHostPort(valueOf(words, '-r') ?? '');
  if (at === undefined) return undefined;
  const weight = Number(valueOf(words, '-w') ?? 1);
  return { address: canonical(at.address), port: at.port, weight, connections: undefined };
}

function valueOf(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at < 0 ? undefined : words[at + 1];
}
