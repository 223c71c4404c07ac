// A node is a set of namespaces held by one process, its pid 1. Killing that process ends the node at once, with all that
// runs on it and all its mounts: a crash. Its disk stays in the state directory.
import { mkdirSync } from 'node:fs';
import { labtool } from './binaries.ts';
import { processesOf, readOfProcess, startDaemon } from './daemon.ts';
import { apiServerAddress, inNetwork, nodeAddress, podRoutes } from './network.ts';
import { paths, type Place } from './place.ts';
import { must, run } from './run.ts';
import { until } from './until.ts';

/** Directories of a machine that each node has of its own; each is one in the node's state directory. */
const disks = [
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
  '/etc/cni',
  '/opt/cni',
];

/** Where the node's own `path` lies. */
export const diskOf = (place: Place, node: string, path: string): string => paths.node(place, node, 'disk', path);

// Runs as the node's first process. Every path is the usual one, so kubelet and containerd need no odd settings, /run and
// with it containerd's socket and xtables.lock are the node's own, and hostPath volumes work.
const firstSteps = `
set -e
mount --make-rprivate /
mkdir -p "$STATE/cgroup" && mount --rbind /sys/fs/cgroup "$STATE/cgroup"
mount -t sysfs sysfs /sys                     # /sys/class/net shows the namespace it was mounted in
mount --move "$STATE/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run && mkdir -p /run/lock /run/netns
for path in $DISKS; do mkdir -p "$path" && mount --bind "$STATE/disk$path" "$path"; done
mount --make-rshared /                        # volumes the kubelet mounts have to reach containerd
hostname "$NODE"
echo 1 >/proc/sys/net/ipv4/ip_forward
for which in all default; do echo 0 >/proc/sys/net/ipv4/conf/$which/rp_filter; done
exec "$LABTOOL" init
`;

export async function startNamespaces(place: Place, node: string, nodes: readonly string[]): Promise<void> {
  for (const path of disks) mkdirSync(diskOf(place, node, path), { recursive: true });
  const settings = [
    `STATE=${paths.node(place, node)}`,
    `DISKS=${disks.join(' ')}`,
    `NODE=${node}`,
    `LABTOOL=${labtool}`,
  ];
  const unshare = ['unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', '--'];
  await startDaemon(place, node, [...unshare, 'env', ...settings, 'sh', '-c', firstSteps]);
  await until(`namespaces of ${node}`, () => nodeHolder(place, node) !== undefined, { every: 20 });
  await wire(place, node, nodes);
}

/** A veth pair, made inside the lab's namespace: the machine's own never sees it. */
async function wire(place: Place, node: string, nodes: readonly string[]): Promise<void> {
  // after a crash the kernel takes a moment to remove the old pair
  await until(`old link of ${node} gone`, async () => {
    const { code } = await run(inNetwork(place, ['ip', 'link', 'show', node]));
    return code !== 0;
  });
  const pair = `link add ${node} type veth peer name eth0 netns ${nodeHolder(place, node)}`;
  await must(inNetwork(place, ['ip', '-batch', '-']), { input: [pair, `link set ${node} master br0 up`].join('\n') });
  const inside = [
    'link set lo up',
    `addr add ${nodeAddress(node)}/24 dev eth0`,
    'link set eth0 up',
    // leads nowhere, but has to be there: without a route, a connection to a ClusterIP fails before NAT sees it
    `route add default via ${apiServerAddress}`,
    ...podRoutes(nodes.filter((other) => other !== node)),
  ];
  await must(inNode(place, node, ['ip', '-batch', '-']), { input: inside.join('\n') });
}

/** The node's pid 1, once its mounts are done and it has become labtool. */
export function nodeHolder(place: Place, node: string): number | undefined {
  return processesOf(place, node).find((pid) => {
    const [, ...inner] = /^NSpid:\s*(.*)$/m.exec(readOfProcess(pid, 'status'))?.[1]?.split(/\s+/) ?? [];
    return inner.at(-1) === '1' && readOfProcess(pid, 'comm').trim() === 'labtool';
  });
}

/** A command line that runs `argv` in all namespaces of the node. */
export function inNode(place: Place, node: string, argv: readonly string[]): string[] {
  const holder = nodeHolder(place, node);
  if (holder === undefined) throw new Error(`node ${node} is down`);
  return ['nsenter', '-t', String(holder), '-m', '-n', '-p', '-u', '-i', '--', ...argv];
}
