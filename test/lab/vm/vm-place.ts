// What belongs to the VM of a lab: its names, its addresses and where its files are.
import { join } from 'node:path';
import type { Place } from '../place.ts';

/** The VM's host name, and that of its Node object. Like the address, it is written in files below rootfs/, too. */
export const vmName = 'vm1';
/** In the lab's network namespace. */
export const vmAddress = '10.250.0.50';

/** The VM's processes on the machine, as in daemon.ts. */
export const roles = { machine: vmName, forward: `${vmName}-ssh`, session: `${vmName}-session` } as const;

const file =
  (...path: readonly string[]) =>
  (place: Place): string =>
    join(place.state, vmName, ...path);

export const vmPaths = {
  directory: file(),
  /** As installed, with the lab's keys; never booted from, so never changed. */
  pristine: file('pristine.img'),
  /** What the VM has written since. */
  disk: file('disk.qcow2'),
  key: file('id_ed25519'),
  hostKey: file('host_ed25519'),
  authorizedKeys: file('authorized_keys'),
  knownHosts: file('known_hosts'),
  /** Where the open connection of ssh.ts is shared. */
  session: file('session'),
  kubeconfig: file('kube-proxy.kubeconfig'),
  kubeconfigInside: file('admin.kubeconfig'),
  /** Says that the VM was booted to the end, and from which image. */
  ready: file('ready'),
};
