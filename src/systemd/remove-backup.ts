// The end of a migration on a node: nothing of ours is left beside the file.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { AS_ROOT } from './beside.ts';
import { PRELUDE, runScript } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';

export type BackupRemoval =
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  /** It is not the original of this migration: an older one left it, or somebody else. It stays. */
  | { readonly kind: 'kept'; readonly sha256: string };

/** $1: the file, $2: SHA-256 of the original. */
const REMOVE = `${PRELUDE}${AS_ROOT}
resolve "$1" || exit
beside
for left in "$new" "$owed"; do
  if [ -e "$left" ]; then root rm -f -- "$left" || exit; fi
done
if [ ! -e "$backup" ]; then echo absent; exit 0; fi
sum=$(sha256sum <"$backup") || exit
if [ "\${sum%% *}" != "$2" ]; then echo "kept \${sum%% *}"; exit 0; fi
root rm -f -- "$backup" && echo removed
`;

/** Takes the copy beside the file away, and what a command that was cut short may have left. May be repeated. */
export async function removeBackup(
  shell: NodeShell,
  place: Pick<UnitPlace, 'file'>,
  originalSha256: string,
  signal?: AbortSignal,
): Promise<BackupRemoval | Unreached | Problem> {
  const said = await runScript(shell, { text: REMOVE, args: [shell.pathOf(place.file), originalSha256], signal });
  if (said.kind !== 'said') return said;
  const [first] = said.lines;
  switch (first?.key) {
    case 'removed':
    case 'absent':
      return { kind: first.key };
    case 'kept':
      return { kind: 'kept', sha256: first.value };
    default:
      return problem(`Node ${shell.node} did not say what became of ${place.file}.proxymode-original.`);
  }
}
