// The rules in a node's kernel, which outlive every kube-proxy process, and from them the node's darkness: the time
// in which new connections to Services fail because the rules that served them were deleted and none were programmed yet.
import type { Mode } from './modes.ts';

export type DarkWindow = {
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Absent while the window is open. */
  readonly to?: number;
  readonly reason: string;
};

export type Rules = {
  /** The mode whose rules translate new connections; undefined when there are none. */
  readonly serving: Mode | undefined;
  /** All modes with rules in the kernel, the serving one included: iptables and ipvs never clean each other. */
  readonly present: readonly Mode[];
  readonly dark: readonly DarkWindow[];
};

/** A machine that was just booted: it never served, so it is not counted as dark. */
export const NO_RULES: Rules = { serving: undefined, present: [], dark: [] };

/** What platformCleanup leaves. A window opens when it takes the rules that serve. */
export function afterCleaning(rules: Rules, modes: readonly Mode[], at: number, by: Mode): Rules {
  const present = rules.present.filter((mode) => !modes.includes(mode));
  if (rules.serving === undefined || present.includes(rules.serving)) return { ...rules, present };
  const reason = `${by} deleted the rules of ${rules.serving}`;
  return { serving: undefined, present, dark: [...rules.dark, { from: at, reason }] };
}

/** What a successful sync of the primary family leaves: its mode serves and an open window closes. */
export function afterSync(rules: Rules, mode: Mode, at: number): Rules {
  const present = rules.present.includes(mode) ? rules.present : [...rules.present, mode];
  const last = rules.dark.at(-1);
  if (last === undefined || last.to !== undefined) return { ...rules, serving: mode, present };
  return { serving: mode, present, dark: [...rules.dark.slice(0, -1), { ...last, to: at }] };
}

export function isDark(rules: Rules): boolean {
  const last = rules.dark.at(-1);
  return last !== undefined && last.to === undefined;
}

/** Milliseconds of all windows together; an open one counts up to `now`. */
export function darkTime(rules: Rules, now: number): number {
  return rules.dark.reduce((sum, window) => sum + (window.to ?? now) - window.from, 0);
}

/** The machine is gone and its rules with it; what was dark ends, for nothing is sent there any more. */
export function afterReset(rules: Rules, at: number): Rules {
  return { ...NO_RULES, dark: rules.dark.map((window) => ({ ...window, to: window.to ?? at })) };
}
