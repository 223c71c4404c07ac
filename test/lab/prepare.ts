// npm run lab:prepare: everything that takes long and needs the network — packages, binaries, images. A second run does
// nothing. `lab:up` does the same first; CI calls it apart to see what it costs.
import { ensureBinaries } from './binaries.ts';
import { ensureImages } from './images.ts';
import { locked } from './lock.ts';
import { ensurePackages } from './packages.ts';
import { cacheLock } from './place.ts';
import { requirePrivileges } from './privileges.ts';

export async function prepare(log: (line: string) => void): Promise<void> {
  requirePrivileges();
  await locked('proxymode-lab-packages', () => ensurePackages(log));
  await locked(cacheLock, async () => {
    await ensureBinaries(log);
    await ensureImages();
  });
}

if (import.meta.main) await prepare(console.log);
