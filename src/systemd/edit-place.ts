// The file that decides the mode, given another mode or taken back: a KubeProxyConfiguration, or an options file. Pure.
import { editConfig } from '../kubeproxy/config-edit.ts';
import type { ConfigChange, Edit } from '../kubeproxy/config-edit.ts';
import { revertConfig } from '../kubeproxy/config-revert.ts';
import { editOptions, revertOptions } from '../kubeproxy/options-file.ts';
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import type { UnitTexts } from '../kubeproxy/unit-command.ts';
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

/** `original` is the text `change` was applied to. What others changed meanwhile stays. Never throws. */
export function revertPlace(
  place: UnitPlace,
  { text, original }: { readonly text: string; readonly original: string },
  change: ConfigChange,
): Edit | Problem {
  if (place.holds === 'config') return revertConfig(text, original, change);
  return revertOptions(withText(place, text), original, {
    mode: change.mode,
    unsetMode: change.unsetMode ?? 'iptables',
  });
}
