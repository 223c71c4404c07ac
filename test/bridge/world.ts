// A node with two pods, a second node with a pod, and a client outside the cluster, in both IP families: real packets through this
// machine's kernel, in network namespaces that end with the test.
//
//   client 192.0.2.10 ─┐                ┌─ own-1 10.244.1.2 (pod of the node)
//                      ├─ node 10.250.0.10 ─ own-2 10.244.1.3
//   far 10.244.2.2  ───┘ (pod of the other node)
import { Namespace } from './namespace.ts';

const NAMES = ['node', 'own-1', 'own-2', 'far', 'client'] as const;
export type Name = (typeof NAMES)[number];

export type World = Readonly<Record<Name, Namespace>> & { readonly end: () => Promise<void> };

/** Of each family: the node's address towards everybody, and everybody's own. */
export const ADDRESSES = {
  IPv4: {
    node: '10.250.0.10',
    'own-1': '10.244.1.2',
    'own-2': '10.244.1.3',
    far: '10.244.2.2',
    client: '192.0.2.10',
  },
  IPv6: {
    node: 'fd00:250::10',
    'own-1': 'fd00:244:1::2',
    'own-2': 'fd00:244:1::3',
    far: 'fd00:244:2::2',
    client: '2001:db8:99::10',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Name, string>>>>;

/** The node's own addresses on the links to pods and client: what masquerading shows there. */
export const GATEWAYS = {
  IPv4: { 'own-1': '10.244.1.254', 'own-2': '10.244.1.254', far: '10.250.0.10', client: '192.0.2.1' },
  IPv6: { 'own-1': 'fd00:244:1::ff', 'own-2': 'fd00:244:1::ff', far: 'fd00:250::10', client: '2001:db8:99::1' },
} as const;

/** What every pod serves. */
export const POD_PORT = 8080;

export async function startWorld(): Promise<World> {
  const started = await Promise.all(NAMES.map((name) => Namespace.start(name)));
  const all = Object.fromEntries(started.map((namespace) => [namespace.name, namespace])) as Record<Name, Namespace>;
  const end = async (): Promise<void> => {
    await Promise.all(started.map((namespace) => namespace.end()));
  };
  await all.node.must(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  await all.node.must(['ip', 'link', 'set', 'lo', 'up']);
  for (const name of NAMES) if (name !== 'node') await wire(all, name);
  for (const name of ['own-1', 'own-2', 'far'] as const) await serveAll(all[name]);
  return { ...all, end };
}

/** A veth pair from the node to a peer; routes to single addresses, as many CNI plugins make them. */
async function wire(all: Readonly<Record<Name, Namespace>>, name: Exclude<Name, 'node'>): Promise<void> {
  const { node } = all;
  const peer = all[name];
  await node.must(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(peer.pid)]);
  const [own4, own6] = [ADDRESSES.IPv4[name], ADDRESSES.IPv6[name]];
  const [gate4, gate6] = [GATEWAYS.IPv4[name], GATEWAYS.IPv6[name]];
  await node.must(
    ['ip', '-batch', '-'],
    [
      `link set ${name} up`,
      `addr add ${gate4}/32 dev ${name}`,
      `addr add ${gate6}/128 dev ${name} nodad`,
      `route add ${own4} dev ${name} src ${gate4}`,
      `route add ${own6} dev ${name} src ${gate6}`,
      // ClusterIPs: without a route a connection fails before any rule sees it.
      ...(name === 'far' ? [`route add default dev far src ${gate4}`, `route add ::/0 dev far src ${gate6}`] : []),
    ].join('\n'),
  );
  await peer.must(
    ['ip', '-batch', '-'],
    [
      'link set lo up',
      `addr add ${own4}/32 dev eth0`,
      `addr add ${own6}/128 dev eth0 nodad`,
      'link set eth0 up',
      `route add ${gate4} dev eth0`,
      `route add default via ${gate4}`,
      `route add ${gate6} dev eth0`,
      `route add ::/0 via ${gate6}`,
    ].join('\n'),
  );
}

async function serveAll(peer: Namespace): Promise<void> {
  for (const protocol of ['tcp', 'udp'] as const)
    for (const family of [4, 6] as const) {
      const { why } = await peer.order({ kind: 'serve', protocol, family, port: POD_PORT });
      if (why !== undefined) throw new Error(`${peer.name} does not serve: ${why}`);
    }
}
