// Everything that any mode, of any version, can need of a kernel: what may be loaded and set at all. A record in a status can
// be edited by whoever may write it, and must not become a way to run as root what nobody here has thought of.
import { PROXY_MODES } from '../api/fields.ts';
import { IPVS_SCHEDULERS, kernelNeeds, type KernelNeeds, type KernelNeedsInput } from './kernel-needs.ts';

/** '' stands for a version or kernel that cannot be read, and gets the older, longer list. */
const ALL: readonly KernelNeeds[] = PROXY_MODES.flatMap((mode) =>
  IPVS_SCHEDULERS.flatMap((scheduler) =>
    [{}, { iptablesFlavour: 'nft' as const }, { iptablesFlavour: 'legacy' as const }].flatMap((flavour) =>
      ['', 'newest'].map((age) => {
        const release =
          age === '' ? { kubeProxyVersion: '', kernel: '' } : { kubeProxyVersion: 'v1.36.0', kernel: '6.12.0' };
        const input: KernelNeedsInput = {
          mode,
          scheduler,
          families: ['IPv4', 'IPv6'],
          bridgeCni: true,
          ...release,
          ...flavour,
        };
        return kernelNeeds(input);
      }),
    ),
  ),
);

const MODULES: ReadonlySet<string> = new Set(ALL.flatMap(({ modules }) => modules.flatMap(({ anyOf }) => anyOf)));

/** Sysctl → the one value it is ever set to. */
const SYSCTLS: ReadonlyMap<string, string> = new Map(
  ALL.flatMap(({ sysctls }) => sysctls.map(({ name, value }) => [name, value] as const)),
);

/** @param name with underscores, as /proc/modules has it. */
export function isNeededModule(name: string): boolean {
  return MODULES.has(name);
}

export function isNeededSysctl({ name, to }: { readonly name: string; readonly to: string }): boolean {
  return SYSCTLS.get(name) === to;
}
