// kubectl of the lab's own version, as the administrator, over the loopback forward.
import { join } from 'node:path';
import { labBin } from './binaries.ts';
import { paths, type Place } from './place.ts';
import { must, type RunOptions } from './run.ts';

export function kubectl(place: Place, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const cacheFlag = `--cache-dir=${join(place.state, 'kubectl-cache')}`;
  return must([join(labBin, 'kubectl'), `--kubeconfig=${paths.kubeconfig(place)}`, cacheFlag, ...args], options);
}
