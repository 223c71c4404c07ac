// What a migration leaves on a node whose kube-proxy is a unit of systemd: nothing.
import type { UnitFile } from '../api/node-migration.ts';
import type { NodeShell } from '../node/shell.ts';
import { removeBackup } from '../systemd/remove-backup.ts';
import { TaskRefused } from './node-tasks.ts';

export async function tidyUnit(
  { file, sha256 }: UnitFile,
  shell: NodeShell,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const result = await removeBackup(shell, { file }, sha256, signal);
  switch (result.kind) {
    case 'removed':
    case 'absent':
      return [];
    case 'kept':
      return [`${file}.proxymode-original is not of this migration and was left where it is`];
    case 'problem':
    case 'unreachable':
      throw new Error(result.message);
    case 'refused':
      throw new TaskRefused(result.message);
    case 'timedOut':
      throw new Error(`removing ${file}.proxymode-original took longer than ${result.after / 1000} s`);
  }
}
