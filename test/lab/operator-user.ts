// The operator's own users on a real API server: service accounts with exactly the rights the chart gives for one way to nodes, so
// that every scenario proves that they are enough; or with one right less.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRIAL_ACCOUNT } from '../../src/node/helper-pod.ts';
import { rightsOf, type Right, type Shape } from '../chart/granted.ts';
import type { Limited, Right as Missing } from '../scenarios/stage.ts';
import type { Lab } from './lab.ts';

/** The operator's own, where its helper pods run: nothing of what they need is needed among the system's pods. */
export const OPERATOR_NAMESPACE = 'proxymode-system';
const RBAC = 'rbac.authorization.k8s.io';

type Cluster = Pick<Lab, 'kubeconfig' | 'kubectl' | 'state'>;

/** What audit events call the user of `operatorUser`. */
export const userName = (shape: Shape): string => `system:serviceaccount:${OPERATOR_NAMESPACE}:proxymode-${shape}`;

/** Resolves with the path of the user's kubeconfig, which leads where `cluster.kubeconfig` does. */
export async function operatorUser(cluster: Cluster, shape: Shape = 'helper-pods'): Promise<string> {
  const name = `proxymode-${shape}`;
  await give(cluster, name, rightsOf(shape, OPERATOR_NAMESPACE));
  return accountKubeconfig(cluster, name, OPERATOR_NAMESPACE);
}

/** With all rights of helper pods but one. */
export async function limitedUser(cluster: Cluster, { verb, resource, namespace }: Missing): Promise<Limited> {
  const name = 'proxymode-limited';
  const rights = rightsOf('helper-pods', OPERATOR_NAMESPACE);
  const isMissing = (right: Right): boolean =>
    right.verb === verb && right.resource === resource && (namespace ?? right.namespace) === right.namespace;
  if (!rights.some(isMissing)) throw new Error(`the chart gives no right to ${verb} ${resource} that could be missing`);
  await give(cluster, name, rights, isMissing);
  const user = await accountKubeconfig(cluster, name, OPERATOR_NAMESPACE);
  return { user, grant: () => give(cluster, name, rights) };
}

/** A kubeconfig like the cluster's own, for a service account; resolves with its path. */
export async function accountKubeconfig(cluster: Cluster, name: string, namespace: string): Promise<string> {
  const token = await cluster.kubectl('create', 'token', name, `--namespace=${namespace}`, '--duration=24h');
  // The later of two such flags counts: the kubeconfig of a process that runs elsewhere leads elsewhere.
  const view = ['config', 'view', '--raw', '--output=json', `--kubeconfig=${cluster.kubeconfig}`];
  const admin = JSON.parse(await cluster.kubectl(...view)) as { readonly contexts: readonly Context[] };
  const users = admin.contexts.map(({ context }) => ({ name: context.user, user: { token: token.trim() } }));
  const file = join(cluster.state, `${name}.kubeconfig`);
  writeFileSync(file, JSON.stringify({ ...admin, users }), { mode: 0o600 });
  return file;
}

type Context = { readonly context: { readonly user: string } };

async function give(
  { kubectl, state }: Cluster,
  name: string,
  rights: readonly Right[],
  isMissing: (right: Right) => boolean = () => false,
): Promise<void> {
  // Every helper pod is on the host's network.
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  const place = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE, labels } };
  const accounts = [name, TRIAL_ACCOUNT].map((account) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: account, namespace: OPERATOR_NAMESPACE },
  }));
  const ofTrials = roleAndBinding(TRIAL_ACCOUNT, undefined, rightsOf('helper-pods', OPERATOR_NAMESPACE, TRIAL_ACCOUNT));
  // Also those from which the only right is missing: it may have been there before.
  const places = new Set(rights.map(({ namespace }) => namespace));
  const given = rights.filter((right) => !isMissing(right));
  const own = [...places].flatMap((where) => roleAndBinding(name, where, given));
  const items = [place, ...accounts, ...ofTrials, ...own];
  const folder = join(state, 'manifests');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', file);
}

/** For the whole cluster where no namespace is named. */
function roleAndBinding(name: string, where: string | undefined, rights: readonly Right[]): readonly object[] {
  const prefix = where === undefined ? 'Cluster' : '';
  const metadata = { name, ...(where === undefined ? {} : { namespace: where }) };
  const rules = rights
    .filter(({ namespace }) => namespace === where)
    .map(({ verb, group, resource, names }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [verb],
      ...(names === undefined ? {} : { resourceNames: names }),
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
