// The configuration kube-proxy will have once the migration has written it: the rules judge that one, not what is there before.
import type { MigrationSpec } from '../../api/migration.ts';
import type { ProxyMode } from '../../api/fields.ts';
import { editConfig } from '../../kubeproxy/config-edit.ts';
import { isProxyMode } from '../../kubeproxy/coupled-fields.ts';
import { effectiveMode } from '../../kubeproxy/versions.ts';
import { deriveFrom, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ProxyConfigFacts } from './cluster.ts';
import { readConfigFacts, reason } from './config-facts.ts';
import type { ReadVersion } from './node.ts';

export type Planned = (target: ProxyMode) => Known<ProxyConfigFacts>;

export type PlannedInput = {
  readonly text: Known<string>;
  readonly config: Known<ProxyConfigFacts>;
  readonly version: Known<ReadVersion>;
  readonly change: MigrationSpec['config'] | undefined;
};

/** Every mode is worked out once: the rules ask for each node. Without a text there is nothing to edit, and what is there stays. */
export function plannedConfigs({ text, config, version, change }: PlannedInput): Planned {
  const made = new Map<ProxyMode, Known<ProxyConfigFacts>>();
  const make = (target: ProxyMode): Known<ProxyConfigFacts> =>
    deriveFrom([text], (before) => {
      const unset = version.known ? effectiveMode('', version.value.text) : 'iptables';
      const edit = editConfig(before, {
        mode: target,
        config: change,
        ...(isProxyMode(unset) ? { unsetMode: unset } : {}),
      });
      return edit.kind === 'problem' ? unseen(reason(edit)) : readConfigFacts(edit.text);
    });
  return (target) => {
    const planned = made.get(target) ?? (text.known ? make(target) : config);
    made.set(target, planned);
    return planned;
  };
}
