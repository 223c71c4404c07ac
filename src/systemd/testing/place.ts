// A place for tests that do not look for one.
import { textOf } from '../../kubeproxy/systemd-words.ts';
import { unitCommand } from '../../kubeproxy/unit-command.ts';
import type { UnitTexts } from '../../kubeproxy/unit-command.ts';
import type { UnitPlace } from '../unit-place.ts';

export function configPlace(file: string): UnitPlace {
  return {
    kind: 'place',
    unit: 'kube-proxy.service',
    file,
    holds: 'config',
    texts: { name: 'kube-proxy.service', unit: '', files: new Map() },
    words: ['/usr/bin/kube-proxy', `--config=${file}`],
    voidFlags: [],
    logDir: undefined,
    logFile: undefined,
  };
}

export function optionsPlace(file: string, texts: UnitTexts): UnitPlace {
  const command = unitCommand(texts);
  const words = command.kind === 'problem' ? [] : [command.program, ...command.args.map(textOf)];
  return { ...configPlace(file), holds: 'options', texts, words };
}
