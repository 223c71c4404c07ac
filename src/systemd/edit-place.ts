// The file that decides the mode, given another mode or taken back: a KubeProxyConfiguration, or an options file. Pure.
import { LONGEST_MODE, type UnitFile } from '../api/node-migration.ts';
import { editConfig } from '../kubeproxy/config-edit.ts';
import type { ConfigChange, Edit } from '../kubeproxy/config-edit.ts';
import { revertConfig } from '../kubeproxy/config-revert.ts';
import { beforeOptions, editOptions, optionsMode, revertOptions } from '../kubeproxy/options-file.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { UnitTexts } from '../kubeproxy/unit-command.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import type { UnitPlace } from './unit-place.ts';

/** What the next start's command line is made of, with `text` in the options file. */
export function withText(place: UnitPlace, text: string): UnitTexts {
  return { ...place.texts, files: new Map(place.texts.files).set(place.file, text) };
}

/** `text` is the file as it is now. Never throws. */
export function editPlace(place: UnitPlace, text: string, change: ConfigChange): Edit | Problem {
  if (place.holds === 'config') return editConfig(text, change);
  if (Object.values(change.config ?? {}).some((section) => section !== undefined))
    return problem(
      `spec.config cannot be set on node(s) whose kube-proxy has flags only (${place.file}). Give it a configuration file with --config first, or leave spec.config out.`,
    );
  return editOptions(withText(place, text), change.mode);
}

/** What a record keeps of the file to restore it: its bytes, or of an options file, which may hold secrets, only the mode. */
export function keptOf(place: UnitPlace, text: string): Pick<UnitFile, 'original' | 'proxyMode'> {
  if (place.holds === 'config') return { original: text };
  const mode = optionsMode(withText(place, text));
  return { proxyMode: typeof mode === 'string' ? mode.slice(0, LONGEST_MODE) : '' };
}

/** The file before the migration, byte for byte, if that is still known; of an options file, if nobody else has written to it. */
export function originalOf(place: UnitPlace, text: string, recorded: UnitFile): string | undefined {
  const { original, proxyMode } = recorded;
  if (original !== undefined || proxyMode === undefined) return original;
  const candidates = [text, ...beforeOptions(withText(place, text), proxyMode)];
  return candidates.find((one) => sha256(one) === recorded.sha256);
}

/** `text` is what became of the file that `change` was applied to; what others changed meanwhile stays. Never throws. */
export function revertPlace(
  place: UnitPlace,
  text: string,
  { original = '', proxyMode = '' }: UnitFile,
  change: ConfigChange,
): Edit | Problem {
  if (place.holds === 'config') return revertConfig(text, original, change);
  const { mode, unsetMode = 'iptables' } = change;
  return revertOptions(withText(place, text), proxyMode, { mode, unsetMode });
}
