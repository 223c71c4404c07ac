// /proc/net/ip_vs: addresses and ports in hexadecimal (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show).
import type { VirtualServer } from '../facts/probe.ts';
import { linesOf } from './lines.ts';

/** Lines that are no virtual server or destination are passed over. */
export function parseIpVs(text: string): readonly VirtualServer[] {
  const servers: { -readonly [K in keyof VirtualServer]: VirtualServer[K] }[] = [];
  for (const line of linesOf(text)) {
    const last = servers.at(-1);
    const server = virtualServer(line);
    if (server !== undefined) servers.push(server);
    else if (last !== undefined && /^\s+-> /.test(line)) last.destinations += 1;
  }
  return servers;
}

function virtualServer(line: string): VirtualServer | undefined {
  const mark = /^FWM +([0-9A-F]{8}) (\S+)/.exec(line);
  if (mark !== null)
    return { protocol: 'FWM', address: `0x${mark[1]}`, port: 0, scheduler: mark[2] ?? '', destinations: 0 };
  const match = /^(TCP|UDP|SCTP) +(\[[0-9a-f:]+\]|[0-9A-F]{8}):([0-9A-F]{4}) (\S+)/.exec(line);
  if (match === null) return undefined;
  const [, protocol = '', address = '', port = '', scheduler = ''] = match;
  return { protocol, address: readable(address), port: Number.parseInt(port, 16), scheduler, destinations: 0 };
}

/** IPv4 is one number; IPv6 is in brackets, every group written out, and is shortened as the API server writes it. */
function readable(address: string): string {
  if (address.startsWith('[')) return new URL(`http://${address}`).hostname.slice(1, -1);
  return [0, 2, 4, 6].map((at) => Number.parseInt(address.slice(at, at + 2), 16)).join('.');
}
