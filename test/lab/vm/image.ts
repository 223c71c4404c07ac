// The disk of a VM as installed: the system, the files below rootfs/, kube-proxy and labtool. Kept in the cache; it bears
// no key and no name of a lab, see disk.ts.
import { readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, labBin, labtool } from '../binaries.ts';
import { cache, digest } from '../place.ts';
import { must } from '../run.ts';
import { systemRoot } from './system.ts';

const files = join(import.meta.dirname, 'rootfs');

const directory = join(cache, 'vm', `image-${recipe()}`);

/** A raw ext4 file system without partitions. */
export const image = join(directory, 'disk.img');

const services = ['address', 'echo', 'kube-proxy', 'ssh'];

/** What a node has no use for and a slow processor feels; and ipvsadm.service, which would load ip_vs at boot. */
const masked = [
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty@tty1.service',
  'ipvsadm.service',
  'modprobe@configfs.service',
  'modprobe@dm_mod.service',
  'modprobe@drm.service',
  'modprobe@fuse.service',
  'modprobe@loop.service',
  'serial-getty@ttyS0.service',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'systemd-logind.service',
  'systemd-network-generator.service',
  'systemd-pstore.service',
  'systemd-sysusers.service',
  'systemd-update-utmp-runlevel.service',
  'systemd-update-utmp.service',
];

export async function ensureImage(log: (line: string) => void): Promise<void> {
  await ensure(directory, async (work) => {
    log('making the disk of the VM');
    const root = join(work, 'root');
    await must(['cp', '--archive', systemRoot, root]);
    await addFiles(root);
    for (const binary of [join(labBin, 'kube-proxy'), labtool]) {
      await must(['install', binary, join(root, 'usr/local/bin')]);
    }
    await must(['chroot', root, 'systemctl', 'enable', ...services]);
    for (const unit of masked) symlinkSync('/dev/null', join(root, 'etc/systemd/system', unit));
    await makeFileSystem(root, join(work, 'disk.img'));
    rmSync(root, { recursive: true });
  });
}

/** Owners and modes as on any system, whatever those of the checkout are. */
async function addFiles(root: string): Promise<void> {
  const pack = 'tar --create --directory="$1" --owner=0 --group=0 --mode=u=rwX,go=rX .';
  const script = `set -o pipefail; ${pack} | tar --extract --directory="$2" --keep-directory-symlink`;
  await must(['bash', '-c', script, 'add-files', files, root]);
}

async function makeFileSystem(root: string, file: string): Promise<void> {
  writeFileSync(file, '');
  truncateSync(file, 2 ** 31);
  await must(['mkfs.ext4', '-q', '-m', '0', '-E', 'lazy_itable_init=1,lazy_journal_init=1', '-d', root, file]);
}

function recipe(): string {
  const names = readdirSync(files, { recursive: true, encoding: 'utf8' }).toSorted();
  const contents = names
    .filter((name) => statSync(join(files, name)).isFile())
    .flatMap((name) => [name, readFileSync(join(files, name))]);
  return digest(systemRoot, labBin, labtool, readFileSync(import.meta.filename), ...contents);
}
