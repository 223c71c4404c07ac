// SCTP without a kernel that speaks it: an INIT chunk over raw sockets, which connection tracking takes for the beginning of an
// association. Perl is part of every Debian, and can open raw sockets.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from './namespace.ts';

const SCTP = 132;
const FROM_PORT = 40_000;

const RECEIVE = `use Socket; socket(S, PF_INET, SOCK_RAW, ${SCTP}) or die; $| = 1; print "ready\\n";
  while (recv(S, $packet, 4096, 0)) { print unpack("H*", $packet), "\\n" }`;

const SEND = `use Socket; my ($host, $packet) = @ARGV; socket(S, PF_INET, SOCK_RAW, ${SCTP}) or die;
  send(S, pack("H*", $packet), 0, sockaddr_in(0, inet_aton($host))) or die`;

export type Journey = {
  readonly from: Namespace;
  readonly host: string;
  readonly port: number;
  readonly pod: Namespace;
  readonly podPort: number;
};

/** The source address under which the packet arrived at the pod's port. */
export async function sctpArrives({ from, host, port, pod, podPort }: Journey): Promise<string> {
  const [command = '', ...args] = pod.inside(['perl', '-e', RECEIVE]);
  const receiver = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const lines = createInterface({ input: receiver.stdout });
    await once(lines, 'line');
    const arrived = once(lines, 'line', { signal: AbortSignal.timeout(5000) });
    const sent = init(port);
    await from.must(['perl', '-e', SEND, host, sent.toString('hex')]);
    const [line] = (await arrived) as [string];
    const packet = Buffer.from(line, 'hex');
    const header = ((packet[0] ?? 0) & 15) * 4;
    const to = packet.readUInt16BE(header + 2);
    if (to !== podPort) throw new Error(`arrived at port ${to}`);
    return [...packet.subarray(12, 16)].join('.');
  } finally {
    receiver.kill();
  }
}

/** Header and INIT chunk (RFC 9260, 3.1 and 3.3.2). */
function init(port: number): Buffer {
  const packet = Buffer.alloc(32);
  packet.writeUInt16BE(FROM_PORT, 0);
  packet.writeUInt16BE(port, 2);
  packet.writeUInt8(1, 12);
  packet.writeUInt16BE(20, 14);
  packet.writeUInt32BE(0x1234, 16);
  packet.writeUInt32BE(65_536, 20);
  packet.writeUInt16BE(1, 24);
  packet.writeUInt16BE(1, 26);
  packet.writeUInt32BE(1, 28);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

function crc32c(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
