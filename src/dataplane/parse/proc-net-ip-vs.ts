// /proc/net/ip_vs: addresses in hexadecimal, persistence in jiffies (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show).
import { canonical } from '../addresses.ts';
import { serverKey, type RealServer, type VirtualServer, type VirtualServers } from '../rules/ipvs.ts';
import { USUAL_TICKS } from '../rules/kernel-ticks.ts';
import { Unread } from '../rules/not-understood.ts';
import { linesOf } from './lines.ts';

const SERVICE = /^(TCP|UDP|SCTP)\s+(\S+):([0-9A-Fa-f]{4})\s+(\S+)(?:\s+persistent\s+([0-9]+)\s+\S+)?/;
const SERVER = /^\s+->\s+(\S+):([0-9A-Fa-f]{4})\s+\S+\s+(-?[0-9]+)\s+([0-9]+)\s+([0-9]+)/;
/** Firewall-mark servers, the three lines of heading, and what `cat` says while ip_vs is not loaded. */
const ANOTHER_KIND =
  /^(?:FWM\s|cat: \S+: No such file or directory|IP Virtual Server|Prot LocalAddress|\s+-> RemoteAddress)/;
/** Never throws. */
export function parseProcNetIpVs(text: string): VirtualServers {
  const servers = new Map<string, VirtualServer>();
  const unread = new Unread();
  let current: RealServer[] | undefined;
  for (const line of linesOf(text)) {
    const server = serverOf(line);
    const service = server === undefined ? serviceOf(line) : undefined;
    if (service !== undefined) {
      current = service.servers;
      servers.set(serverKey(service), service);
    } else if (server !== undefined && current !== undefined) current.push(server);
    else if (ANOTHER_KIND.test(line)) current = undefined;
    else if (line.trim() !== '') unread.add(line);
  }
  return { servers, notUnderstood: unread.total };
}

function serviceOf(line: string): (VirtualServer & { readonly servers: RealServer[] }) | undefined {
  const [, protocol = '', hex = '', port = '', scheduler = '', jiffies] = SERVICE.exec(line) ?? [];
  const address = addressOf(hex);
  if (address === undefined) return undefined;
  const front = { protocol: protocol.toLowerCase(), address, port: Number.parseInt(port, 16), scheduler, servers: [] };
  if (jiffies === undefined) return { ...front, persistentSeconds: undefined };
  const ticks = Number(jiffies);
  return { ...front, persistentSeconds: ticks / USUAL_TICKS, persistentTicks: ticks };
}

function serverOf(line: string): RealServer | undefined {
  const [, hex = '', port = '', weight = '', active = '', inactive = ''] = SERVER.exec(line) ?? [];
  const address = addressOf(hex);
  if (address === undefined) return undefined;
  const connections = { active: Number(active), inactive: Number(inactive) };
  return { address, port: Number.parseInt(port, 16), weight: Number(weight), connections };
}

/** `0A600001`, or `[fd00:0096:…:0112]`. */
function addressOf(hex: string): string | undefined {
  if (hex.startsWith('[') && hex.endsWith(']')) {
    const address = hex.slice(1, -1);
    return /^(?:[0-9A-Fa-f]{4}:){7}[0-9A-Fa-f]{4}$/.test(address) ? canonical(address) : undefined;
  }
  return /^[0-9A-Fa-f]{8}$/.test(hex)
    ? [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
    : undefined;
}
