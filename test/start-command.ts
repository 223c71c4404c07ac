// What `npm start` does, for tests that run the operator as a process of its own: build the bundle, and these arguments for node.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let built = false;

/** Arguments with absolute paths; throws when the bundle cannot be built. */
export function startCommand(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: { start: string } };
  const [program, ...rest] = scripts.start.split(' ');
  const script = rest.pop();
  if (program !== 'node' || script === undefined)
    throw new Error(`the start script does not run node: ${scripts.start}`);
  if (!built) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  built = true;
  return [...rest, `${ROOT}${script}`];
}
