// Which fields of KubeProxyConfiguration move together with the mode, because each mode reads sections of its own.
import type { ProxyMode } from '../api/fields.ts';
import type { MigrationSpec } from '../api/migration.ts';
import { PROXY_MODES } from '../api/fields.ts';
import { parseGoDuration } from './go-duration.ts';
import type { FieldValue } from './yaml-render.ts';
import type { FieldPath } from './yaml-splice.ts';

/** One field that shall have a value, and the sentence that says why. */
export type FieldWish = { readonly path: FieldPath; readonly value: FieldValue; readonly why: string };

type Read = (path: FieldPath) => unknown;

/** ipvs mode masquerades by the iptables section (pkg/proxy/apis/config/types.go; cmd/kube-proxy/app/server_linux.go). */
const MASQUERADE_SECTION = { iptables: 'iptables', ipvs: 'iptables', nftables: 'nftables' } as const;

/** What kube-proxy puts in for an unset field, the same in every section (pkg/proxy/apis/config/v1alpha1/defaults.go). */
const DEFAULT_MASQUERADE_BIT = 14;
const DEFAULT_SECONDS = { syncPeriod: 30, minSyncPeriod: 1 } as const;

/**
 * Settings the section of the old mode has and that of the new mode lacks. A setting that says what is the default anyway is not
 * carried over: the change stays as small as it can be. What the new mode's section says by itself is kept.
 */
export function coupledFields(from: ProxyMode, to: ProxyMode, read: Read): readonly FieldWish[] {
  const masquerade = { from: MASQUERADE_SECTION[from], to: MASQUERADE_SECTION[to], mode: to };
  return [
    ...carry(masquerade, ['masqueradeAll', 'masqueradeBit'], read),
    ...carry({ from, to, mode: to }, ['syncPeriod', 'minSyncPeriod'], read),
  ];
}

/** The fields of spec.config, which win over what would be carried over. */
export function wishedFields(config: MigrationSpec['config']): readonly FieldWish[] {
  if (config === undefined) return [];
  const why = 'Given in spec.config.';
  const wishes: FieldWish[] = [];
  for (const section of ['iptables', 'ipvs', 'nftables', 'conntrack'] as const) {
    for (const [field, value] of Object.entries(config[section] ?? {})) {
      if (value !== undefined) wishes.push({ path: [section, field], value, why });
    }
  }
  if (config.nodePortAddresses !== undefined)
    wishes.push({ path: ['nodePortAddresses'], value: config.nodePortAddresses, why });
  return wishes;
}

type Coupled = 'masqueradeAll' | 'masqueradeBit' | 'syncPeriod' | 'minSyncPeriod';

type Sections = { readonly from: string; readonly to: string; readonly mode: ProxyMode };

function carry({ from, to, mode }: Sections, fields: readonly Coupled[], read: Read): readonly FieldWish[] {
  if (from === to) return [];
  return fields.flatMap((field): readonly FieldWish[] => {
    const value = read([from, field]);
    if (!isSetting(field, value) || !isUnset(field, read([to, field]))) return [];
    return [{ path: [to, field], value, why: `Copied from ${from}.${field}, which ${mode} mode does not read.` }];
  });
}

/** Set to something else than the default. */
function isSetting(field: Coupled, value: unknown): value is string | number | boolean {
  switch (field) {
    case 'masqueradeAll':
      return value === true;
    case 'masqueradeBit':
      return typeof value === 'number' && value !== DEFAULT_MASQUERADE_BIT;
    case 'syncPeriod':
    case 'minSyncPeriod':
      return !isUnset(field, value) && typeof value === 'string' && parseGoDuration(value) !== DEFAULT_SECONDS[field];
  }
}

/** kubeadm writes every field out with its zero value; zero means unset for all but masqueradeBit, whose bit 0 is a choice. */
function isUnset(field: Coupled, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (field) {
    case 'masqueradeAll':
      return value === false;
    case 'masqueradeBit':
      return false;
    case 'syncPeriod':
    case 'minSyncPeriod':
      return value === 0 || (typeof value === 'string' && parseGoDuration(value) === 0);
  }
}

export function isProxyMode(mode: string): mode is ProxyMode {
  return (PROXY_MODES as readonly string[]).includes(mode);
}
