// A node whose kube-proxy is a unit of systemd, as the operator's tests need it: files and a systemctl on this machine.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitFile } from '../../api/node-migration.ts';
import { sha256 } from '../../kubeproxy/sha256.ts';
import { fakeSystemd, type FakeSystemd } from '../../systemd/testing/fake-systemd.ts';
import { configPlace } from '../../systemd/testing/place.ts';
import type { PooledShell } from '../shell-pool.ts';
import type { FileWish } from '../unit-files.ts';
import type { SeenUnit } from '../unit-watch.ts';

export const UNIT = 'kube-proxy.service';
export const FIRST = '00000000000000000000000000000001';
export const SECOND = '00000000000000000000000000000002';

export function configOf(mode: string): string {
  return `# mine\nkind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nmode: ${mode} # ü\n`;
}

export type UnitNode = FakeSystemd & {
  readonly file: string;
  read(): string;
  write(text: string): void;
  /** Names beside the file. */
  names(): readonly string[];
  restarts(): number;
  /** A shell on it that counts how often it was closed and discarded. */
  open(): PooledShell & { readonly ended: string[] };
};

export function unitNode(mode = 'iptables'): UnitNode {
  const node = fakeSystemd();
  const file = join(node.plain, 'config.yml');
  const ended: string[] = [];
  writeFileSync(file, configOf(mode));
  node.setUnit(UNIT, {}, `# /etc/systemd/system/${UNIT}\n[Service]\nExecStart=/usr/bin/kube-proxy --config=${file}\n`);
  return {
    ...node,
    file,
    read: () => readFileSync(file, 'utf8'),
    write: (text) => writeFileSync(file, text),
    names: () => readdirSync(node.plain).toSorted(),
    restarts: () => node.calls().filter((call) => call.startsWith('restart ')).length,
    open: () => ({
      node: 'n1',
      pathOf: node.shell.pathOf,
      run: node.shell.run,
      dial: () => Promise.reject(new Error('nothing listens')),
      close: async () => void ended.push('closed'),
      discard: async () => void ended.push('discarded'),
      ended,
    }),
  };
}

export function recorded(text: string, file: string): UnitFile {
  return { unit: UNIT, file, sha256: sha256(text), original: text };
}

export function wish(aim: FileWish['aim'], file: UnitFile | undefined): FileWish {
  return { aim, change: { mode: 'ipvs' }, oldMode: 'iptables', recorded: file };
}

export function seenUnit(
  text: string,
  file = '/etc/kube-proxy.yml',
  process: Partial<SeenUnit['facts']['process']> = {},
): SeenUnit {
  const mode = /^mode: (\w*)/m.exec(text)?.[1] ?? '';
  return {
    place: configPlace(file),
    facts: {
      kind: 'unit',
      process: {
        name: UNIT,
        uid: FIRST,
        node: 'n1',
        deleting: false,
        running: true,
        restarts: 0,
        waiting: undefined,
        ended: undefined,
        ...process,
      },
      endedInvocation: '',
      file: { kind: 'file', text, sha256: sha256(text) },
      config: { kind: 'config', mode, metricsHost: '127.0.0.1', metricsPort: 10249, featureGates: {} },
      restartOwed: false,
      kernelRelease: '6.1.0-49-amd64',
      needsReload: false,
    },
  };
}
