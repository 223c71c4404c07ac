// What of its needs a node has: the state of a module, and the verdict on a need that several modules can meet.
import type { ModuleNeed } from './kernel-needs.ts';

export type ModuleState =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'builtIn' }
  /**
   * modprobe would load it. With `byNameOnly`, a reason for a person, only for whoever names the module itself: not for the kernel, which asks
   * for parts of nf_tables and of ipsets by alias.
   */
  | { readonly kind: 'loadable'; readonly byNameOnly?: string }
  /** `reason` for a person. */
  | { readonly kind: 'missing'; readonly because: WhyMissing; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * `absent`: not built, or not installed. `blocked`: a line of modprobe's configuration keeps it out. `refused`: module_blacklist= of the kernel's
 * command line does. `disabled`: the kernel takes no module any more before the next boot.
 */
export type WhyMissing = 'absent' | 'blocked' | 'refused' | 'disabled';

export type ModuleStates = Readonly<Record<string, ModuleState>>;

/** Best first: one that is there counts before one that could be loaded, and a doubt before a certain no. */
const RANK: readonly ModuleState['kind'][] = ['loaded', 'builtIn', 'loadable', 'unknown', 'missing'];

export type MetBy = { readonly module: string; readonly state: ModuleState };

/** Which of the modules that can meet the need does it best. A module nobody looked at is unknown. */
export function metBy(need: Pick<ModuleNeed, 'anyOf'>, states: ModuleStates): MetBy {
  const notRead: ModuleState = { kind: 'unknown', reason: 'it was not looked at' };
  const candidates = need.anyOf.map((module) => ({ module, state: states[module] ?? notRead }));
  const [best = { module: need.anyOf[0], state: notRead }] = candidates.toSorted(
    (a, b) => RANK.indexOf(a.state.kind) - RANK.indexOf(b.state.kind),
  );
  return best;
}

export function isPresent(state: ModuleState): boolean {
  return state.kind === 'loaded' || state.kind === 'builtIn';
}
