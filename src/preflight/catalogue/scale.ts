// Section 11 of the catalogue: Scale.
import type { Rule } from '../rule.ts';
import { scaleColdStart } from '../rules/scale-cold-start.ts';
import { scaleCpu } from '../rules/scale-cpu.ts';

export const SCALE: readonly Rule[] = [scaleColdStart, scaleCpu];
