// Section 10 of the catalogue: Dual-stack and families.
import type { Rule } from '../rule.ts';
import { dualStackBothFamilies } from '../rules/dual-stack-both-families.ts';
import { ipv6MissingOnNode } from '../rules/ipv6-missing-on-node.ts';

export const FAMILIES: readonly Rule[] = [dualStackBothFamilies, ipv6MissingOnNode];
