// The nodes of a migration of systemd kube-proxies: Node objects, and machines that have none and are listed in the spec,
// because their kubelet is not registered (control planes of clusters made by hand) or they have none (gateways).
//
// kube-proxy itself gets along without a Node object (NewNodeManager, pkg/proxy/node.go of 1.36; getNodeIPs in
// cmd/kube-proxy/app/server.go before): at each start it waits for one for 30 s, logs "Timed out waiting for node to exist",
// and goes on with bindAddress as its node's address, or loopback. So a restart takes half a minute longer there. Only with
// detectLocalMode NodeCIDR it ends after another five minutes, in whatever mode.
import { createHash } from 'node:crypto';
import type { MigrationSpec } from '../api/migration.ts';
import type { NodeObject as SurveyedNode } from '../preflight/facts/objects.ts';
import { known, type Known } from '../preflight/known.ts';
import type { NodeFacts } from '../rollout/observed.ts';
import { nodeFacts } from './project.ts';
import type { NodeObject } from './resources.ts';
import type { UnitWatch } from './unit-watch.ts';

export type ListedNode = NonNullable<NonNullable<NonNullable<MigrationSpec['kubeProxy']>['systemd']>['nodes']>[number];

type Looks = Pick<UnitWatch, 'look'>;

/** A node and whether only the spec knows of it: then nothing but SSH tells whether it is there. */
export type UnitNode = { readonly facts: NodeFacts; readonly isOnlyListed: boolean };

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const LONGEST_UID = 64;

function listedNodes({ kubeProxy }: Pick<MigrationSpec, 'kubeProxy'>): readonly ListedNode[] {
  return kubeProxy?.systemd?.nodes ?? [];
}

/** The address for SSH that somebody wrote down. */
export function listedAddress(spec: Pick<MigrationSpec, 'kubeProxy'>, node: string): string | undefined {
  return listedNodes(spec).find(({ name }) => name === node)?.address;
}

/** A name in both: the Node object says whether it is Ready, and which labels it has. */
export function unitNodes(
  objects: readonly NodeObject[],
  spec: Pick<MigrationSpec, 'kubeProxy'>,
  units: Looks,
  now: number,
): readonly UnitNode[] {
  const listed = new Map(listedNodes(spec).map((node) => [node.name, node]));
  const registered = objects.map((object): UnitNode => {
    const facts = nodeFacts(object, now);
    const entry = listed.get(facts.name);
    return { facts: entry === undefined ? facts : { ...facts, uid: uidOf(entry) }, isOnlyListed: false };
  });
  const names = new Set(registered.map(({ facts }) => facts.name));
  const others = [...listed.values()].filter(({ name }) => !names.has(name));
  return [...registered, ...others.map((node): UnitNode => ({ facts: listedFacts(node, units), isOnlyListed: true }))];
}

/** Ready is what answers: reached over SSH, by a host whose key is known, with a systemd that says how its units are. */
function listedFacts(node: ListedNode, units: Looks): NodeFacts {
  const look = units.look(node.name);
  return {
    name: node.name,
    uid: uidOf(node),
    ready: look?.answers ?? false,
    readyChangedAt: look?.since ?? 0,
    controlPlane: node.controlPlane,
    labels: labelsOf(node),
    system: '',
  };
}

/** So much a node selector can ask of it. */
function labelsOf({ name, controlPlane }: ListedNode): Readonly<Record<string, string>> {
  return { 'kubernetes.io/hostname': name, ...(controlPlane ? { [CONTROL_PLANE]: '' } : {}) };
}

/**
 * What is listed is a machine at an address, and the list is fixed once the migration has started: so it stays the same
 * machine to its record, whether a Node object of its name comes or goes. One that was installed anew has other host keys and is
 * not talked to before somebody says so; its file is then seen to be another one than was recorded. Its machine-id would tell
 * sooner, but on systems that make one up at each boot it would also tell wrongly, and what a rollback needs would be forgotten.
 */
function uidOf({ address }: ListedNode): string {
  const uid = `address:${address}`;
  if (uid.length <= LONGEST_UID) return uid;
  return `address:${createHash('sha256').update(address).digest('hex').slice(0, 32)}`;
}

/** The same with those that are only listed, in the form in which rules ask for nodes. Its address stands for an InternalIP. */
export function withListed(
  nodes: Known<readonly SurveyedNode[]>,
  spec: Pick<MigrationSpec, 'kubeProxy'>,
  units: Looks,
): Known<readonly SurveyedNode[]> {
  const listed = listedNodes(spec);
  if (!nodes.known || listed.length === 0) return nodes;
  const names = new Set(nodes.value.map(({ metadata }) => metadata.name));
  const others = listed.filter(({ name }) => !names.has(name));
  return known([...nodes.value, ...others.map((node) => surveyed(node, units))]);
}

function surveyed(node: ListedNode, units: Looks): SurveyedNode {
  const { name, address } = node;
  const look = units.look(name);
  const kernelVersion = look?.seen?.facts.kernelRelease ?? '';
  return {
    metadata: { name, labels: { ...labelsOf(node), 'kubernetes.io/os': 'linux' } },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: look?.answers === true ? 'True' : 'Unknown' }],
      nodeInfo: { operatingSystem: 'linux', ...(kernelVersion === '' ? {} : { kernelVersion }) },
    },
  };
}
