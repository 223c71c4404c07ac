// The disk of one VM: the image and what is this lab's alone, written into it before it is booted for the first time.
import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import type { Place } from '../place.ts';
import { must, run } from '../run.ts';
import { image } from './image.ts';
import { vmPaths } from './vm-place.ts';

export async function makeDisk(place: Place): Promise<void> {
  const pristine = vmPaths.pristine(place);
  await must(['cp', '--reflink=auto', '--sparse=always', image, pristine]);
  const authorized = vmPaths.authorizedKeys(place);
  copyFileSync(`${vmPaths.key(place)}.pub`, authorized);
  chmodSync(authorized, 0o644);
  const files = {
    '/etc/kubernetes/kube-proxy.kubeconfig': vmPaths.kubeconfig(place),
    '/etc/ssh/authorized_keys': authorized,
    '/etc/ssh/ssh_host_ed25519_key': vmPaths.hostKey(place),
  };
  // loop devices to mount it with are nothing a container has to have
  const commands = Object.entries(files).map(([inside, outside]) => `write "${outside}" ${inside}`);
  const { stderr } = await run(['debugfs', '-w', '-f', '-', pristine], { input: commands.join('\n') });
  // it exits 0 whatever happens, and greets on stderr
  const complaints = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('debugfs '));
  if (complaints.length > 0) throw new Error(`writing into ${pristine}: ${complaints.join('\n')}`);
}

/** Forgets all the VM has written. It must not be running. */
export async function resetDisk(place: Place): Promise<void> {
  const disk = vmPaths.disk(place);
  rmSync(disk, { force: true });
  await must(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', vmPaths.pristine(place), disk]);
}
