// The plugin as people have it: built, in a folder that is put on PATH.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let built = false;

/** The folder with `kubectl-proxymode`; throws when it cannot be built. */
export function pluginFolder(): string {
  if (!built) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  built = true;
  return `${ROOT}dist`;
}
