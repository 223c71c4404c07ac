// Our kinds on a real API server.
import { join } from 'node:path';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { Lab } from './lab.ts';
import { until } from './until.ts';

const NAMES = [PROXY_MODE_MIGRATIONS, NODE_MIGRATIONS].map(({ plural, group }) => `crd/${plural}.${group}`);
const FILES = join(import.meta.dirname, '../../crds');

/** Resolves when they are served. */
export async function installCrds({ kubectl }: Pick<Lab, 'kubectl'>): Promise<void> {
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', FILES);
  // kubectl fails on a definition so new that it has no conditions: "conditions accessor error: <nil> is of the type <nil>".
  await until('the definitions to be served', async () => {
    await kubectl('wait', '--for=condition=Established', ...NAMES, '--timeout=60s');
    return true;
  });
}
