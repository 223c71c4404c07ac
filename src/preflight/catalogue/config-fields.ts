// Section 8 of the catalogue: Configuration fields that move with the mode.
import type { Rule } from '../rule.ts';
import { clustercidrMissing } from '../rules/clustercidr-missing.ts';
import { configNewerThanBinary } from '../rules/config-newer-than-binary.ts';
import { ipvsOnlyFeatures } from '../rules/ipvs-only-features.ts';
import { ipvsSectionEmpty } from '../rules/ipvs-section-empty.ts';
import { masqueradeSettings } from '../rules/masquerade-settings.ts';

export const CONFIG_FIELDS: readonly Rule[] = [
  masqueradeSettings,
  clustercidrMissing,
  ipvsSectionEmpty,
  ipvsOnlyFeatures,
  configNewerThanBinary,
];
