// Section 8 of the catalogue: Configuration fields that move with the mode.
import type { Rule } from '../rule.ts';

export const CONFIG_FIELDS: readonly Rule[] = [];
