// npm run lab:logs: the last lines of what each process of this checkout's labs has said, for a run that failed.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from './place.ts';
import { labsOfCheckout } from './reclaim.ts';

for (const directory of labsOfCheckout().map(paths.logs)) {
  for (const file of existsSync(directory) ? readdirSync(directory) : []) {
    const lines = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n').slice(-15);
    console.log(`--- ${join(directory, file)}\n${lines.join('\n')}`);
  }
}
