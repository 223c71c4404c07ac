// The Kubernetes and labtool binaries: built from the Go sources beside this file, kept in the cache under a name made
// from those sources, so a warm run builds nothing and a changed source can never meet an old binary.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cache, digest, sources } from './place.ts';
import { must } from './run.ts';

const goMod = readFileSync(join(sources, 'go/go.mod'), 'utf8');

export const kubernetesVersion = /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1] ?? '';

/** The directory of kubectl, kube-proxy and the control plane, whether they are built yet or not. */
export const labBin = join(cache, 'kubernetes', `${kubernetesVersion}-${digestOf('go')}`);

export const labtool = join(cache, 'labtool', digestOf('tool'), 'labtool');

/** What the one combined binary is called by; see go/main.go. */
const combined = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'];

export async function ensureBinaries(log: (line: string) => void): Promise<void> {
  await ensure(join(labtool, '..'), async (directory) => {
    await goBuild('tool', join(directory, 'labtool'), '.');
  });
  await ensure(labBin, async (directory) => {
    log(`building Kubernetes ${kubernetesVersion} from source: about 5 minutes with an empty Go cache`);
    await goBuild('go', join(directory, 'kubernetes'), '.');
    for (const name of combined) symlinkSync('kubernetes', join(directory, name));
    await goBuild('go', join(directory, 'kube-proxy'), 'k8s.io/kubernetes/cmd/kube-proxy');
  });
}

/** Fills a directory of the cache aside and renames it: what bears the final name is whole. */
export async function ensure(directory: string, fill: (directory: string) => Promise<void>): Promise<void> {
  if (existsSync(directory)) return;
  const partial = `${directory}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await fill(partial);
  renameSync(partial, directory);
}

async function goBuild(module: string, output: string, target: string): Promise<void> {
  const [major, minor] = kubernetesVersion.slice(1).split('.');
  const stamps = Object.entries({ gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor });
  const flags = stamps.map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  // Go's own installer puts it where no PATH of a service or a cron job looks
  const env = { ...process.env, CGO_ENABLED: '0', PATH: `${process.env['PATH']}:/usr/local/go/bin` };
  const build = [
    'go',
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    ['-s', '-w', ...flags].join(' '),
    '-o',
    output,
    target,
  ];
  await must(build, { cwd: join(sources, module), env });
}

function digestOf(module: string): string {
  const directory = join(sources, module);
  const files = readdirSync(directory)
    .filter((file) => /\.(go|mod|sum)$/.test(file))
    .toSorted();
  return digest(...files.flatMap((file) => [file, readFileSync(join(directory, file))]));
}
