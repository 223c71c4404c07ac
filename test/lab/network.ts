// The lab's addresses, and the network namespace of its control plane: a bridge all nodes hang on, and no way out. Other
// labs use the same addresses in namespaces of their own.
import { labtool } from './binaries.ts';
import { processesOf, readOfProcess, startDaemon } from './daemon.ts';
import type { Place } from './place.ts';
import { must } from './run.ts';
import { until } from './until.ts';

export const apiServerAddress = '10.250.0.1';
export const apiServerInside = `https://${apiServerAddress}:6443`;
export const serviceRange = '10.96.0.0/12';
/** The kubernetes Service. */
export const firstServiceAddress = '10.96.0.1';

const numberOf = (node: string): number => Number(node.slice(1));
export const nodeAddress = (node: string): string => `10.250.0.${10 + numberOf(node)}`;
export const podRange = (node: string): string => `10.244.${numberOf(node)}.0/24`;

/** Commands of `ip -batch` for the way to the pods of these nodes. */
export const podRoutes = (nodes: readonly string[]): string[] =>
  nodes.map((node) => `route replace ${podRange(node)} via ${nodeAddress(node)}`);

export async function startNetwork(place: Place, nodes: readonly string[]): Promise<void> {
  await startDaemon(place, 'network', ['unshare', '--net', '--', labtool, 'init']);
  await until('network namespace', () => networkHolder(place) !== undefined, { every: 20 });
  const bridge = [
    'link set lo up',
    'link add br0 type bridge',
    `addr add ${apiServerAddress}/24 dev br0`,
    'link set br0 up',
  ];
  await must(inNetwork(place, ['ip', '-batch', '-']), { input: [...bridge, ...podRoutes(nodes)].join('\n') });
}

/** The process whose network namespace is the lab's; it is in there once it has become labtool. */
export function networkHolder(place: Place): number | undefined {
  return processesOf(place, 'network').find((pid) => readOfProcess(pid, 'comm').trim() === 'labtool');
}

/** A command line that runs `argv` in the control plane's network namespace. */
export function inNetwork(place: Place, argv: readonly string[]): string[] {
  const holder = networkHolder(place);
  if (holder === undefined) throw new Error(`the lab in ${place.state} is down`);
  return ['nsenter', '-t', String(holder), '-n', '--', ...argv];
}
