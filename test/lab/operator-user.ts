// The operator's own user: a service account with exactly the rights it needs, so that every scenario on the lab proves
// that they are enough; or with one right less.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Limited, Right } from '../scenarios/stage.ts';
import type { Lab } from './lab.ts';

type Rights = readonly [group: string, resource: string, verbs: readonly string[]];

const RIGHTS: readonly Rights[] = [
  ['proxymode.dev', 'proxymodemigrations', ['get', 'list', 'watch', 'patch']],
  ['proxymode.dev', 'proxymodemigrations/status', ['patch']],
  ['proxymode.dev', 'nodemigrations', ['get', 'list', 'watch', 'create', 'patch']],
  ['proxymode.dev', 'nodemigrations/status', ['patch']],
  ['', 'nodes', ['list', 'watch']],
  ['', 'pods', ['get', 'list', 'watch', 'delete']],
  ['', 'pods/log', ['get']],
  ['', 'pods/portforward', ['get', 'create']],
  ['', 'configmaps', ['get', 'list', 'watch', 'patch']],
  ['apps', 'daemonsets', ['list', 'watch']],
  ['coordination.k8s.io', 'leases', ['get', 'create', 'update']],
  ['events.k8s.io', 'events', ['create', 'patch']],
];

const NAMESPACE = 'kube-system';

export function operatorUser(lab: Lab): Promise<string> {
  return makeUser(lab, 'proxymode-full', RIGHTS);
}

export async function limitedUser(lab: Lab, without: Right): Promise<Limited> {
  const name = 'proxymode-limited';
  const rights = RIGHTS.map(([group, resource, verbs]): Rights => [
    group,
    resource,
    verbs.filter((verb) => resource !== without.resource || verb !== without.verb),
  ]);
  const user = await makeUser(lab, name, rights);
  return { user, grant: () => give(lab, name, RIGHTS) };
}

/** Returns the path of a kubeconfig with the user's token. */
async function makeUser(lab: Lab, name: string, rights: readonly Rights[]): Promise<string> {
  await give(lab, name, rights);
  const token = await lab.kubectl('create', 'token', name, `--namespace=${NAMESPACE}`, '--duration=24h');
  const admin = JSON.parse(await lab.kubectl('config', 'view', '--raw', '--output=json')) as object;
  const users = [{ name: 'admin', user: { token: token.trim() } }];
  const file = join(lab.state, `${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
  return file;
}

async function give(lab: Lab, name: string, rights: readonly Rights[]): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const rules = rights.map(([group, resource, verbs]) => ({ apiGroups: [group], resources: [resource], verbs }));
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } },
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: rules.filter(({ verbs }) => verbs.length > 0) },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    },
  ];
  const folder = join(lab.state, 'manifests');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await lab.kubectl('apply', '--server-side', '--force-conflicts', '-f', file);
}
