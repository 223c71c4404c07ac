// The operator's own user: a service account with exactly the rights the README lists, so that every scenario on the lab
// proves that they are enough; or with one right less.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_MAPS } from '../../src/preflight/facts/snapshot.ts';
import type { Limited, Right } from '../scenarios/stage.ts';
import type { Lab } from './lab.ts';

/** kube-proxy's. */
const SYSTEM = 'kube-system';
/** The operator's own, where its helper pods run: nothing of what they need is needed among the system's pods. */
export const OPERATOR_NAMESPACE = 'proxymode-system';
/** Where events about cluster-scoped objects live. */
const EVENTS = 'default';
const RBAC = 'rbac.authorization.k8s.io';

type Rule = {
  /** Everywhere when left out. */
  readonly namespace?: string;
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only the object of this name; of list and watch, those that ask for no other. */
  readonly name?: string;
};

const group = 'proxymode.dev';
const system = { namespace: SYSTEM, group: '' };
const own = { namespace: OPERATOR_NAMESPACE, group: '' };

/** What the preflight reads, everywhere and only to list it. */
const LISTED: readonly (readonly [group: string, ...resources: string[]])[] = [
  ['', 'namespaces', 'pods', 'services'],
  ['apps', 'daemonsets', 'deployments'],
  ['discovery.k8s.io', 'endpointslices'],
  ['networking.k8s.io', 'servicecidrs'],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
  ['apiregistration.k8s.io', 'apiservices'],
  ['crd.projectcalico.org', 'felixconfigurations'],
  ['projectcalico.org', 'felixconfigurations'],
  ['operator.tigera.io', 'installations'],
  ['cilium.io', 'ciliumnodeconfigs'],
  ['metallb.io', 'l2advertisements'],
  ['operator.openshift.io', 'networks'],
  ['k0s.k0sproject.io', 'clusterconfigs'],
];

/** By name and in every namespace, as in the chart. */
const CONFIG_MAPS_READ = new Set(CONFIG_MAPS.map((path) => path.slice(path.indexOf('/') + 1)));

const RIGHTS: readonly Rule[] = [
  ...LISTED.flatMap(([served, ...resources]) =>
    resources.map((resource) => ({ group: served, resource, verbs: ['list'] })),
  ),
  { group, resource: 'proxymodemigrations', verbs: ['get', 'list', 'watch', 'patch'] },
  { group, resource: 'proxymodemigrations/status', verbs: ['patch'] },
  { group, resource: 'nodemigrations', verbs: ['get', 'list', 'watch', 'create', 'patch'] },
  { group, resource: 'nodemigrations/status', verbs: ['patch'] },
  { group: '', resource: 'nodes', verbs: ['list', 'watch'] },
  ...[...CONFIG_MAPS_READ].map((name) => ({ group: '', resource: 'configmaps', verbs: ['get'], name })),
  // finding kube-proxy, changing its mode, replacing its pods, and why one ended
  { ...system, group: 'apps', resource: 'daemonsets', verbs: ['list', 'watch'] },
  { ...system, resource: 'configmaps', verbs: ['get', 'list', 'watch', 'patch'], name: 'kube-proxy' },
  { ...system, resource: 'pods', verbs: ['get', 'list', 'watch', 'delete'] },
  { ...system, resource: 'pods/log', verbs: ['get'] },
  // helper pods: made, found, replaced, removed together; what is run in them, and kube-proxy's loopback through them
  { ...own, resource: 'pods', verbs: ['get', 'list', 'watch', 'create', 'delete', 'deletecollection'] },
  { ...own, resource: 'pods/exec', verbs: ['get', 'create'] },
  { ...own, resource: 'pods/portforward', verbs: ['get', 'create'] },
  { ...own, group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'create', 'update'] },
  { namespace: EVENTS, group: 'events.k8s.io', resource: 'events', verbs: ['create', 'patch'] },
];

/** Resolves with the path of the user's kubeconfig. */
export function operatorUser(lab: Lab): Promise<string> {
  return makeUser(lab, 'proxymode-full', RIGHTS);
}

export async function limitedUser(lab: Lab, without: Right): Promise<Limited> {
  const name = 'proxymode-limited';
  const rights = RIGHTS.map((rule): Rule => {
    const verbs = rule.verbs.filter((verb) => rule.resource !== without.resource || verb !== without.verb);
    return { ...rule, verbs };
  });
  const user = await makeUser(lab, name, rights);
  return { user, grant: () => give(lab, name, RIGHTS) };
}

async function makeUser(lab: Lab, name: string, rights: readonly Rule[]): Promise<string> {
  await give(lab, name, rights);
  const token = await lab.kubectl('create', 'token', name, `--namespace=${OPERATOR_NAMESPACE}`, '--duration=24h');
  const admin = JSON.parse(await lab.kubectl('config', 'view', '--raw', '--output=json')) as object;
  const users = [{ name: 'admin', user: { token: token.trim() } }];
  const file = join(lab.state, `${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
  return file;
}

async function give(lab: Lab, name: string, rights: readonly Rule[]): Promise<void> {
  // Every helper pod is on the host's network.
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  const place = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE, labels } };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: OPERATOR_NAMESPACE } };
  const places = [undefined, SYSTEM, OPERATOR_NAMESPACE, EVENTS];
  const items = [place, account, ...places.flatMap((where) => roleAndBinding(name, where, rights))];
  const folder = join(lab.state, 'manifests');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await lab.kubectl('apply', '--server-side', '--force-conflicts', '-f', file);
}

/** For the whole cluster where no namespace is named. */
function roleAndBinding(name: string, where: string | undefined, rights: readonly Rule[]): readonly object[] {
  const prefix = where === undefined ? 'Cluster' : '';
  const metadata = { name, ...(where === undefined ? {} : { namespace: where }) };
  const rules = rights
    .filter((rule) => rule.namespace === where && rule.verbs.length > 0)
    .map((rule) => ({
      apiGroups: [rule.group],
      resources: [rule.resource],
      verbs: rule.verbs,
      ...(rule.name === undefined ? {} : { resourceNames: [rule.name] }),
    }));
  const binding = {
    roleRef: { apiGroup: RBAC, kind: `${prefix}Role`, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: OPERATOR_NAMESPACE }],
  };
  const apiVersion = `${RBAC}/v1`;
  return [
    { apiVersion, kind: `${prefix}Role`, metadata, rules },
    { apiVersion, kind: `${prefix}RoleBinding`, metadata, ...binding },
  ];
}
