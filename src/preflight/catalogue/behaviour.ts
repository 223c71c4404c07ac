// Section 9 of the catalogue: Behaviour changes.
import type { Rule } from '../rule.ts';
import { serviceCidrOverlap } from '../rules/service-cidr-overlap.ts';

export const BEHAVIOUR: readonly Rule[] = [serviceCidrOverlap];
