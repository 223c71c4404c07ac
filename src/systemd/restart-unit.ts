// Restarts a unit, if the process that is to be replaced still is its process.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { PRELUDE, runScript, valueOf } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';
import { PROPERTIES } from './unit-state.ts';

export type RestartResult =
  /** systemd has the job. Whether kube-proxy comes up is for readUnit() to see: `systemctl restart` succeeds for one that does not. */
  | { readonly kind: 'requested' }
  /** Another process has taken over already: an earlier request, Restart=, or a person. Nothing was done. */
  | { readonly kind: 'replaced'; readonly invocation: string };

/**
 * $1: the unit, $2: the invocation to be replaced. Not waited for: a unit that does not stop would hold the connection, and a
 * job that waits is seen by readUnit() as `deleting`; systemd merges a second request into it. reset-failed, because a unit
 * that has failed too often (start-limit-hit) would not be started, and so that NRestarts counts the new process's restarts
 * only: coming out of a crash loop, neither Restart= nor `restart` sets it back. daemon-reload is not done: what else changed
 * on disk is not ours to load.
 */
const RESTART = `${PRELUDE}
show=$(systemctl show --no-pager --property=${PROPERTIES} -- "$1") || exit
invocation
property ActiveState
state=$value
property NRestarts
restarts=\${value:-0}
if [ "$id" != "$2" ]; then
  if [ "$state" = active ] && [ "$restarts" != 0 ]; then systemctl reset-failed -- "$1" || exit; fi
  echo "replaced $id"
  exit 0
fi
if [ "$state" != active ] || [ "$restarts" != 0 ]; then systemctl reset-failed -- "$1" 2>/dev/null || :; fi
systemctl restart --no-block --quiet -- "$1" || exit
echo requested
`;

/** Repeating it is harmless: the second time the invocation is another one, or the job is merged into the first. */
export async function restartUnit(
  shell: NodeShell,
  place: UnitPlace,
  { expectInvocation }: { readonly expectInvocation: string },
  signal?: AbortSignal,
): Promise<RestartResult | Unreached | Problem> {
  const said = await runScript(shell, { text: RESTART, args: [place.unit, expectInvocation], signal });
  if (said.kind !== 'said') return said;
  if (valueOf(said, 'requested') !== undefined) return { kind: 'requested' };
  const invocation = valueOf(said, 'replaced');
  if (invocation !== undefined) return { kind: 'replaced', invocation };
  return problem(`Node ${shell.node} did not say whether ${place.unit} was restarted.`);
}
