// The VM's operating system: Debian in the release of the machine, from the machine's own package sources, and Debian's
// kernel for clouds, which has NVMe and ext4 built in and so boots without an initial RAM disk. Kept in the cache.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from '../binaries.ts';
import { ensurePackages } from '../packages.ts';
import { cache, digest } from '../place.ts';
import { must } from '../run.ts';

/** What the machine needs to make and to run a VM. */
const onMachine = ['e2fsprogs', 'mmdebstrap', 'openssh-client', 'qemu-system-x86', 'qemu-utils', 'util-linux'];

const inVm = `
  conntrack curl dbus ipset iproute2 iptables iputils-ping ipvsadm kmod nftables openssh-server procps sudo systemd-sysv
  udev
`
  .trim()
  .split(/\s+/);

const directory = join(cache, 'vm', `system-${digest(readFileSync(import.meta.filename), release())}`);

/** The root file system as a tree, kernel modules included. */
export const systemRoot = join(directory, 'root');
export const kernel = join(directory, 'vmlinuz');

export const kernelVersion = (): string => readdirSync(join(systemRoot, 'lib/modules'))[0] ?? '';

export async function ensureSystem(log: (line: string) => void): Promise<void> {
  await ensurePackages(log, onMachine);
  await ensure(directory, async (work) => {
    log('making the system of the VM: about a minute');
    const root = join(work, 'root');
    await install(root);
    await addKernel(work, root);
    for (const key of readdirSync(join(root, 'etc/ssh')).filter((file) => file.startsWith('ssh_host_'))) {
      rmSync(join(root, 'etc/ssh', key));
    }
    await must(['chroot', root, 'useradd', '--create-home', '--shell=/bin/bash', '--password=*', 'ops']);
  });
}

/** `bookworm`, say. */
function release(): string {
  return /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
}

async function install(root: string): Promise<void> {
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find(existsSync);
  if (sources === undefined) throw new Error('the VM is made from the machine’s Debian sources, and there are none');
  const skipped = ['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const small = ['--variant=minbase', '--aptopt=APT::Install-Recommends "false"', ...skipped];
  // mounts in namespaces that end with this process: what a killed run leaves can be removed like any directory
  const alone = [
    'setpriv',
    '--pdeathsig=KILL',
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const make = ['mmdebstrap', '--mode=root', '--format=directory', ...small, `--include=${inVm.join(',')}`];
  await must([...alone, '--', ...make, release(), root, sources]);
}

/** Unpacked, not installed: installing would make an initial RAM disk, with all the tools for that. */
async function addKernel(work: string, root: string): Promise<void> {
  await must(['apt-get', '-q', 'update']);
  const depends = await must(['apt-cache', 'depends', '--important', 'linux-image-cloud-amd64']);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`no kernel for clouds in the machine's package sources: ${depends}`);
  const unpacked = join(work, 'kernel');
  mkdirSync(unpacked);
  await must(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', name], { cwd: unpacked });
  const archive = readdirSync(unpacked)[0] ?? '';
  await must(['dpkg-deb', '-x', archive, '.'], { cwd: unpacked });
  const version = name.slice('linux-image-'.length);
  renameSync(join(unpacked, 'boot', `vmlinuz-${version}`), join(work, 'vmlinuz'));
  mkdirSync(join(root, 'lib/modules'), { recursive: true });
  renameSync(join(unpacked, 'lib/modules', version), join(root, 'lib/modules', version));
  rmSync(unpacked, { recursive: true });
  await must(['chroot', root, 'depmod', version]);
}
