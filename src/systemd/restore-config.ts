// The end of a migration on a node: the exact original bytes back where it is given up, and in any case no copy left behind.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { NodeShell } from '../node/shell.ts';
import { sha256 } from './file-text.ts';
import { PRELUDE, runScript } from './run-script.ts';
import type { Unreached } from './run-script.ts';
import type { UnitPlace } from './unit-place.ts';
import { writeConfig } from './write-config.ts';
import type { WriteResult } from './write-config.ts';

/** As the migration's record has it. */
export type Original = { readonly text: string; readonly sha256: string };

/** `expectSha256` is what the file is now. A record that does not agree with its own checksum is not written. */
export async function restoreConfig(
  shell: NodeShell,
  place: UnitPlace,
  { original, expectSha256 }: { readonly original: Original; readonly expectSha256: string },
  signal?: AbortSignal,
): Promise<WriteResult | Unreached | Problem> {
  if (sha256(original.text) !== original.sha256)
    return problem(
      `The recorded original of ${place.file} on node ${shell.node} does not have the SHA-256 ${original.sha256} it was recorded with. A copy of the file as it was may be on the node: ${place.file}.proxymode-original.`,
    );
  const write = { expectSha256, text: original.text, originalSha256: original.sha256 };
  return await writeConfig(shell, place, write, signal);
}

export type BackupRemoval =
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  /** It is not the original of this migration: an older one left it, or somebody else. It stays. */
  | { readonly kind: 'kept'; readonly sha256: string };

/** $1: the file, $2: SHA-256 of the original. */
const REMOVE = `${PRELUDE}
resolve "$1" || exit
backup=$file.proxymode-original
rm -f -- "$file".proxymode-?????? || exit
if [ ! -e "$backup" ]; then echo absent; exit 0; fi
sum=$(sha256sum <"$backup") || exit
if [ "\${sum%% *}" != "$2" ]; then echo "kept \${sum%% *}"; exit 0; fi
rm -f -- "$backup" && echo removed
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
