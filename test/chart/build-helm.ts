// Before the first test: helm is there, or is built.
import { ensureHelm } from '../lab/helm.ts';

export async function setup(): Promise<void> {
  await ensureHelm((line) => void process.stdout.write(`${line}\n`));
}
