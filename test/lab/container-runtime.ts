// containerd with the ptp CNI plugin on a node, and the images in it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from './daemon.ts';
import { archives, toolImage } from './images.ts';
import { podRange } from './network.ts';
import { diskOf, inNode } from './node-namespaces.ts';
import { paths, type Place } from './place.ts';
import { must, run } from './run.ts';
import { until } from './until.ts';

// restrict_oom_score_adj: without CAP_SYS_RESOURCE, which a container may lack, runc cannot lower the score and every pod
// would fail with "can't get final child's PID from pipe"
const containerdConfig = `
version = 2
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${toolImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`;

// ptp instead of a bridge: the answer of a pod on the same node then passes the node's NAT without br_netfilter
const cniConfig = (node: string): object => ({
  cniVersion: '0.4.0',
  name: 'lab',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni-ipam',
        ranges: [[{ subnet: podRange(node) }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

export async function startContainerRuntime(place: Place, node: string): Promise<void> {
  const config = paths.node(place, node, 'containerd.toml');
  writeFileSync(config, containerdConfig);
  const cni = diskOf(place, node, '/etc/cni/net.d');
  mkdirSync(cni, { recursive: true });
  writeFileSync(join(cni, '10-lab.conflist'), JSON.stringify(cniConfig(node)));
  const command = ['containerd', '--config', config, '--log-level', 'warn'];
  await startDaemon(place, `containerd-${node}`, inNode(place, node, command));
  await until(`containerd of ${node}`, async () => (await run(inNode(place, node, ['ctr', 'version']))).code === 0);
  for (const archive of archives) await importImage(place, node, archive);
}

/** Puts an archive made by image-archive.ts on a node; containerd unpacks it at the first use. */
async function importImage(place: Place, node: string, archive: string): Promise<void> {
  await must(inNode(place, node, ['ctr', '-n', 'k8s.io', 'images', 'import', '--no-unpack', archive]));
}
