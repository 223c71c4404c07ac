// The operator's image for the lab, where no Docker runs: what the last stage of the Dockerfile puts together, with the Node.js these
// tests run on and the libraries of this machine in the place of node:26-slim. Entrypoint and place of the bundle are read from the
// Dockerfile, so that the two cannot drift apart. (USER is not: the chart names the user itself.)
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeArchive } from './image-archive.ts';
import type { Lab } from './lab.ts';
import { must } from './run.ts';

const CHECKOUT = join(import.meta.dirname, '../..');

export const operatorImage = { registry: 'lab.local', repository: 'proxymode', tag: 'checkout' } as const;

/** Makes the image of this checkout and puts it on every node of the lab, in the place of the one before. */
export async function installOperatorImage(lab: Lab): Promise<void> {
  const { registry, repository, tag } = operatorImage;
  const work = join(lab.state, 'operator-image');
  const archive = join(work, 'operator.tar');
  const rootfs = join(work, 'root');
  const { entrypoint, bundle } = lastStage();
  rmSync(work, { recursive: true, force: true });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'inherit'] });
  put(join(CHECKOUT, bundle.from), join(rootfs, bundle.to));
  put(process.execPath, join(rootfs, 'usr/local/bin/node'));
  for (const library of await librariesOf(process.execPath)) put(library, join(rootfs, library));
  mkdirSync(join(rootfs, 'tmp'), { mode: 0o1777 });
  await must(['chroot', rootfs, '/usr/local/bin/node', '--version']);
  await writeArchive(archive, { name: `${registry}/${repository}:${tag}`, entrypoint, root: rootfs });
  for (const node of lab.nodes) {
    const { code, stderr } = await lab.exec(node, ['ctr', '-n', 'k8s.io', 'images', 'import', '--no-unpack', archive]);
    if (code !== 0) throw new Error(`the operator's image on ${node}: ${stderr}`);
  }
  rmSync(work, { recursive: true });
}

type LastStage = {
  readonly entrypoint: readonly string[];
  /** From the checkout into the image. */
  readonly bundle: { readonly from: string; readonly to: string };
};

function lastStage(): LastStage {
  const text =
    readFileSync(join(CHECKOUT, 'Dockerfile'), 'utf8')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const [, entrypoint] = /^ENTRYPOINT (\[.*\])$/m.exec(text) ?? [];
  const [, from, to] = /^COPY --from=build \/src\/(\S+) (\S+)$/m.exec(text) ?? [];
  if (entrypoint === undefined || from === undefined || to === undefined)
    throw new Error('the last stage of the Dockerfile has no ENTRYPOINT, or no COPY from the build');
  return { entrypoint: JSON.parse(entrypoint) as string[], bundle: { from, to } };
}

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** Shared libraries and the loader, as absolute paths of this machine. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const lines = (await must(['ldd', program])).split('\n');
  return lines.flatMap((line) => /(?:=> |^\s+)(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
