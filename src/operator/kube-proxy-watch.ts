// The caches behind one migration: which DaemonSets there are, then the ConfigMap and the pods of the one that was found.
// They are opened when first needed and shared by all migrations that look at the same kube-proxy.
import { isDeepStrictEqual } from 'node:util';
import type { Cache, KubeObject, OpenCache, Operator, Resource, Selection, WatchEvent } from 'kopf-ts';
import type { Located } from '../kubeproxy/locate.ts';
import { projectConfigMap, projectDaemonSet, projectPod } from './project.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  PODS,
  type ConfigMapObject,
  type DaemonSetObject,
  type PodObject,
} from './resources.ts';

type Opened = { readonly cache: OpenCache<KubeObject>; users: Set<string> };

export class KubeProxyWatch {
  readonly #operator: Pick<Operator, 'cache'>;
  readonly #changed: () => void;
  readonly #opened = new Map<string, Opened>();

  /** `changed` is called whenever something seen here differs from before. */
  constructor(operator: Pick<Operator, 'cache'>, changed: () => void) {
    this.#operator = operator;
    this.#changed = changed;
  }

  daemonSets(user: string, namespace: string): Cache<DaemonSetObject> {
    return this.#open(user, DAEMON_SETS, { namespace }, projectDaemonSet);
  }

  configMap(user: string, { namespace, configMap }: Located): Cache<ConfigMapObject> {
    return this.#open(user, CONFIG_MAPS, { namespace, fieldSelector: `metadata.name=${configMap}` }, projectConfigMap);
  }

  pods(user: string, { namespace, selector }: Located): Cache<PodObject> {
    return this.#open(user, PODS, { namespace, labelSelector: selector }, projectPod);
  }

  /** Closes what nobody looks at any more. */
  release(user: string): void {
    for (const [key, opened] of this.#opened) {
      opened.users.delete(user);
      if (opened.users.size > 0) continue;
      opened.cache.close();
      this.#opened.delete(key);
    }
  }

  #open<T extends KubeObject>(
    user: string,
    resource: Resource<T>,
    selection: Selection,
    project: (object: T) => T,
  ): Cache<T> {
    const key = JSON.stringify([resource.plural, selection]);
    const known = this.#opened.get(key);
    if (known !== undefined) {
      known.users.add(user);
      return known.cache as Cache<KubeObject> as Cache<T>;
    }
    const cache = this.#operator.cache(resource, { selection, project, onEvent: (event) => this.#seen(event) });
    this.#opened.set(key, { cache, users: new Set([user]) });
    return cache;
  }

  #seen<T extends KubeObject>(event: WatchEvent<T>): void {
    if (event.type === 'modified' && event.old !== undefined && sameFacts(event.object, event.old)) return;
    this.#changed();
  }
}

/** Status updates that change nothing we look at (heartbeats) shall not cost a pass. */
export function sameFacts(a: KubeObject, b: KubeObject): boolean {
  const { resourceVersion: _a, ...left } = a.metadata;
  const { resourceVersion: _b, ...right } = b.metadata;
  return isDeepStrictEqual({ ...a, metadata: left }, { ...b, metadata: right });
}
