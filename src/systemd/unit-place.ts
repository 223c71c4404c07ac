// Where a node's kube-proxy is: its unit, and the one file that decides its mode.
import type { UnitTexts } from '../kubeproxy/unit-command.ts';

export type UnitPlace = {
  readonly kind: 'place';
  /** Full name: kube-proxy.service. */
  readonly unit: string;
  /** The file that decides the mode: the one named by --config, or, without --config, the options file of the unit. */
  readonly file: string;
  readonly holds: 'config' | 'options';
  /** What the next start's command line is made of, as it was when the unit was found. */
  readonly texts: UnitTexts;
  /** Program and arguments of the next start, for the rules that look at flags. */
  readonly words: readonly string[];
  /** Flags that mean nothing because --config is there too, as written: `--proxy-mode=ipvs`. */
  readonly voidFlags: readonly string[];
  /** Where kube-proxy writes its log if not to the journal: --log-dir or --log-file with --logtostderr=false (up to 1.25). */
  readonly logDir: string | undefined;
  readonly logFile: string | undefined;
};
