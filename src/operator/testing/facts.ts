// The smallest objects and facts that make sense, for this folder's tests.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';
import { migrationSpec, type MigrationSpec, type MigrationStatus } from '../../api/migration.ts';
import type { ObjectMeta } from 'kopf-ts';
import type { Located } from '../../kubeproxy/locate.ts';
import type { Plan, RecordWrite } from '../../rollout/decision.ts';
import type { PodFacts } from '../../rollout/observed.ts';

export const CONFIG = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
`;

export const WHERE: Located = {
  kind: 'located',
  namespace: 'kube-system',
  daemonSet: 'kube-proxy',
  configMap: 'kube-proxy',
  key: 'config.conf',
  container: 'kube-proxy',
  selector: 'k8s-app=kube-proxy',
  image: 'registry.k8s.io/kube-proxy:v1.36.3',
};

type MigrationFields = {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<MigrationSpec>;
  readonly status?: MigrationStatus;
};

export function migration({ metadata, spec, status }: MigrationFields = {}): ProxyModeMigration {
  return {
    metadata: { name: 'm', uid: 'm-uid', resourceVersion: '7', generation: 1, ...metadata },
    spec: migrationSpec.parse({ mode: 'nftables', ...spec }),
    ...(status === undefined ? {} : { status }),
  };
}

export function pod(node: string, fields: Partial<PodFacts> = {}): PodFacts {
  const name = `kube-proxy-${node}`;
  return {
    name,
    uid: `${name}-uid`,
    node,
    deleting: false,
    running: true,
    restarts: 0,
    waiting: undefined,
    ended: undefined,
    ...fields,
  };
}

/** A record that is there already, under resourceVersion 3, and enters `Switching`. */
export function recordWrite(node: string, fields: Partial<RecordWrite> = {}): RecordWrite {
  return {
    node,
    nodeUID: `${node}-uid`,
    resourceVersion: '3',
    status: { phase: 'Switching', reason: 'Switching', message: `replacing pod kube-proxy-${node}` },
    before: { phase: 'Pending' },
    ...fields,
  };
}

export function nodeMigration(node: string, owner: string, nodeUID = `${node}-uid`): NodeMigration {
  const ownerReferences = [
    { apiVersion: 'proxymode.dev/v1alpha1', kind: 'ProxyModeMigration', name: 'm', uid: owner, controller: true },
  ];
  return {
    metadata: { name: `m.${node}`, uid: `m.${node}-uid`, resourceVersion: '5', ownerReferences },
    spec: { migration: 'm', nodeName: node, nodeUID, mode: 'nftables' },
  };
}

export function planOf(fields: Partial<Plan> = {}): Plan {
  return {
    finalizer: 'leave',
    status: { phase: 'Progressing' },
    records: [],
    edit: undefined,
    deletePods: [],
    probes: [],
    lastWords: [],
    survey: undefined,
    tasks: [],
    trials: [],
    wake: undefined,
    ...fields,
  };
}
