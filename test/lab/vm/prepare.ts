// npm run lab:vm:prepare: what takes long and needs the network, once. `lab:vm:up` does the same first; CI calls it apart
// to see what it costs.
import { locked } from '../lock.ts';
import { prepare } from '../prepare.ts';
import { cacheLock } from '../place.ts';
import { ensureImage } from './image.ts';
import { ensureSystem } from './system.ts';

export async function prepareVm(log: (line: string) => void): Promise<void> {
  await prepare(log);
  await locked(cacheLock, async () => {
    await ensureSystem(log);
    await ensureImage(log);
  });
}

if (import.meta.main) await prepareVm(console.log);
