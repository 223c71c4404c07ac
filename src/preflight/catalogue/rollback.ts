// Section 14 of the catalogue: Rollback viability.
import type { Rule } from '../rule.ts';
import { rollbackCleanupVersion } from '../rules/rollback-cleanup-version.ts';
import { rollbackCni } from '../rules/rollback-cni.ts';
import { rollbackForeignIpvs } from '../rules/rollback-foreign-ipvs.ts';
import { rollbackModeStillValid } from '../rules/rollback-mode-still-valid.ts';
import { rollbackSysctlRecord } from '../rules/rollback-sysctl-record.ts';

export const ROLLBACK: readonly Rule[] = [
  rollbackModeStillValid,
  rollbackCni,
  rollbackSysctlRecord,
  rollbackForeignIpvs,
  rollbackCleanupVersion,
];
