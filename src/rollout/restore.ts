// The ConfigMap as it was before the migration.
import { PROXY_MODES } from '../api/fields.ts';
import { editConfig } from '../kubeproxy/config-edit.ts';
import { readConfig } from '../kubeproxy/config-read.ts';
import { revertConfig } from '../kubeproxy/config-revert.ts';
import type { Course } from './course.ts';
import type { ConfigMapEdit } from './decision.ts';
import type { Observed } from './observed.ts';
import { changeOf } from './stand.ts';

export type Restoration =
  | { readonly kind: 'edit'; readonly edit: ConfigMapEdit }
  | { readonly kind: 'problem'; readonly message: string };

/** The original bytes; or, where somebody else edited other fields meanwhile, only our own changes taken out again. */
export function restore(seen: Observed, course: Course): Restoration | undefined {
  const { config } = seen.migration.status;
  if (config === undefined || course.oldMode === course.target) return undefined;
  const { text: current, resourceVersion } = seen.configMap;
  const original = readConfig(config.original);
  const heldTarget = original.kind === 'config' && original.mode === course.target;
  const mode = PROXY_MODES.find((one) => one === course.oldMode);
  const result =
    heldTarget && mode !== undefined
      ? editConfig(current, { mode })
      : revertConfig(current, config.original, changeOf(seen));
  if (result.kind === 'problem') return result;
  return { kind: 'edit', edit: { text: result.text, resourceVersion, why: 'restore' } };
}
