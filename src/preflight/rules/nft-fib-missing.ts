// kube-proxy's chains recognise node ports by a fib expression. Without it in the kernel kube-proxy starts, and then every sync fails.
import type { Family } from '../cidr.ts';
import type { NodeFacts } from '../facts/node.ts';
import { isPresent, metBy, type ModuleState } from '../../kubeproxy/kernel-state.ts';
import { given, known, unseen, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { isBlocked, unblockFix } from './shared-ipvs-modules.ts';
import { kernelFix } from './shared-kernel.ts';

export const nftFibMissing: NodeRule = {
  id: 'nft-fib-missing',
  section: 7,
  scope: 'node',
  title: 'the kernel lacks fib expressions for nftables',
  verdicts: { nftables: 'block' },
  source: 'siderolabs/pkgs#951; cmd/kube-proxy/app/server_linux.go: both families are taken for granted',
  check: ({ node, loads }) => {
    // One that is certainly missing is enough, whatever is known of the other.
    const families = (['IPv4', 'IPv6'] as const).map((family) => ({ family, problem: problemOf(node, family, loads) }));
    const missing = families.flatMap(({ family, problem }) =>
      problem.known && problem.value !== undefined ? [{ family, problem: problem.value }] : [],
    );
    if (missing.length > 0)
      return {
        message: `The kernel does not take fib expressions (${missing.map((one) => `${one.family}: ${one.problem}`).join('; ')}): in nftables mode kube-proxy starts, and every sync fails.`,
        fix: fixFor(
          node,
          missing.map(({ family }) => family),
        ),
      };
    return given(
      families.map(({ problem }) => problem),
      () => undefined,
    );
  },
};

function fixFor(node: NodeFacts, families: readonly Family[]): string {
  const met = families.map((family) => ({ module: moduleFor(family), state: stateOf(node, family) }));
  const [blocked, byName] = [met.filter(isBlocked), met.filter(({ state }) => state.kind === 'loadable')];
  if (blocked.length > 0) return unblockFix(node, blocked);
  if (byName.length > 0) return kernelFix(node, { modules: byName.map(({ module }) => module) });
  return 'Use a kernel with CONFIG_NFT_FIB_IPV4 and CONFIG_NFT_FIB_IPV6. Where they are modules of a package: apt-get install linux-modules-extra-$(uname -r), or dnf install kernel-modules-extra';
}

function moduleFor(family: Family): string {
  return `nft_fib_${family.toLowerCase()}`;
}

function stateOf({ probe }: Pick<NodeFacts, 'probe'>, family: Family): ModuleState {
  return metBy({ anyOf: [moduleFor(family)] }, valueOr(probe.modules, {})).state;
}

/** Known undefined: it is there. nft itself is the best witness, then the module, then how the kernel was built. */
function problemOf({ probe }: NodeFacts, family: Family, loads: boolean): Known<string | undefined> {
  const tried = family === 'IPv4' ? probe.nftFibError : probe.nftFib6Error;
  // Ended by a signal: that is nft, not the kernel (nft-binary-skew).
  if (tried.known && !tried.value?.includes('ended by signal')) return tried;
  return byBuild(probe, family, loads) ?? (tried.known ? unseen('nft was ended by a signal') : tried);
}

/** undefined: neither modules nor the kernel's build configuration tell. */
function byBuild(probe: NodeFacts['probe'], family: Family, loads: boolean): Known<string | undefined> | undefined {
  const option = `NFT_FIB_${family.toUpperCase()}`;
  const built = valueOr(probe.kernelConfig, undefined)?.[option];
  const state = stateOf({ probe }, family);
  // The kernel asks for it by an alias when a rule names it: somebody has to load it by its name before.
  if (state.kind === 'loadable' && state.byNameOnly !== undefined && !loads)
    return known(`module ${moduleFor(family)} is not loaded, and nothing will load it (${state.byNameOnly})`);
  if (built === 'y' || isPresent(state) || state.kind === 'loadable') return known(undefined);
  if (built === 'n') return known(`CONFIG_${option} is not set`);
  if (state.kind === 'missing') return known(`module ${moduleFor(family)} is missing, ${state.reason}`);
  return built === 'm' ? known(undefined) : undefined;
}
