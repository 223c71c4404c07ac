// Small things every stage says the same way.
import { toldOf } from '../api/refusal.ts';
import type { Course } from './course.ts';
import type { Stand } from './decision.ts';
import type { Observed } from './observed.ts';
import type { ConfigChange } from '../kubeproxy/config-edit.ts';

export function changeOf(seen: Observed): ConfigChange {
  const { mode, config } = seen.migration.spec;
  return { mode, ...(config === undefined ? {} : { config }) };
}

export function where({ kubeProxy }: Observed): string {
  if (kubeProxy.configMap === '') return `DaemonSet ${kubeProxy.namespace}/${kubeProxy.daemonSet}, --proxy-mode`;
  return `ConfigMap ${kubeProxy.namespace}/${kubeProxy.configMap}, key ${kubeProxy.key}`;
}

export function stalled(reason: Stand['reason'], message: string): Stand {
  return { kind: 'stalled', phase: 'Blocked', reason, message };
}

/** The API server refuses what is needed; `message` is what it said. */
export function refused(message: string): Stand {
  const told = toldOf(message);
  return stalled(told.reason, told.message);
}

/** The ConfigMap says neither the target nor what nodes would go back to: somebody else has other plans. */
export function isThird({ configMode, target, oldMode }: Course): boolean {
  return configMode !== target && configMode !== oldMode;
}
