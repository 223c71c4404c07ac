// Section 7 of the catalogue: Node kernel, modules, binaries, sysctls.
import type { Rule } from '../rule.ts';
import { ipvsModules } from '../rules/ipvs-modules.ts';
import { kernelMinNft } from '../rules/kernel-min-nft.ts';

export const NODE_KERNEL: readonly Rule[] = [ipvsModules, kernelMinNft];
