// A node that is a virtual machine: a kernel of its own with loadable modules and real IPVS, systemd, sshd, and a
// kube-proxy that is a unit of systemd. It hangs on the network of a lab that has no other node, and belongs to that lab's
// control plane. This is the face tests see.
import { existsSync, readFileSync } from 'node:fs';
import { processesOf } from '../daemon.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { labDown, labUp, type Lab } from '../lab.ts';
import { locked } from '../lock.ts';
import { apiServerInside, inNetwork } from '../network.ts';
import { placeOf, type Place } from '../place.ts';
import type { Outcome } from '../run.ts';
import { boot, bootPristine, bringUp, reboot, unplug } from './boot.ts';
import { register } from './cluster.ts';
import { image } from './image.ts';
import { isOn } from './machine.ts';
import { prepareVm } from './prepare.ts';
import { hasSynced, proxyMode } from './proxy.ts';
import { endpointOf, hostKeyOf, mustSsh, ssh, type SshOptions } from './ssh.ts';
import { roles, vmAddress, vmName, vmPaths } from './vm-place.ts';

export type Vm = {
  /** Its cluster: etcd, API server, no controllers. */
  readonly lab: Lab;
  /** The name of its Node object, and its host name. */
  readonly node: string;
  /** Its InternalIP; only the lab's network knows it. */
  readonly address: string;
  /** Its sshd, as the machine reaches it. Stays the same when the VM is booted again. */
  readonly endpoint: { readonly host: string; readonly port: number };
  /** Paths. Root and `ops` take the key; known_hosts names the endpoint, the address and the node. */
  readonly key: string;
  readonly knownHosts: string;
  /** The public one, as in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** An administrator's kubeconfig for processes inside the lab's network, which `lab.kubeconfig` is not. */
  readonly kubeconfigInside: string;
  /** A command line that runs `argv` in the lab's network, where the VM has its own address. */
  inside(argv: readonly string[]): string[];
  /** Runs a command on the VM; exit code 255 when that was not reached. */
  ssh(argv: readonly string[], options?: SshOptions): Promise<Outcome>;
  /** The standard output of a command on the VM; rejects when it fails. */
  stdout(argv: readonly string[], options?: SshOptions): Promise<string>;
  /** What kube-proxy on it says of itself. Rejects while none is running. */
  proxyMode(): Promise<string>;
  /** Whether the running kube-proxy has written its rules at least once. Rejects while none is running. */
  hasSynced(): Promise<boolean>;
  /** The ordinary way; resolves when sshd answers again. */
  reboot(): Promise<void>;
  /** Pulls the plug. */
  powerOff(): Promise<void>;
  /** Boots it from its disk; resolves when sshd answers. */
  powerOn(): Promise<void>;
  /** Makes its Node object, and what else the cluster has of it, anew. */
  register(): Promise<void>;
  /** Boots from a disk as installed; resolves when kube-proxy has written its rules, in iptables mode. The cluster's objects stay. */
  reset(): Promise<void>;
};

export type VmOptions = {
  /** One that is up is reset, see there; if left out, it is joined with all that was done to it. */
  readonly pristine?: boolean;
  readonly log?: (line: string) => void;
};

const labOfVm = { name: 'vm', controlPlaneOnly: true };

/** Brings the VM and its lab up, or joins them; resolves when kube-proxy has written its rules. */
export async function vmUp({ pristine = false, log = () => {} }: VmOptions = {}): Promise<Vm> {
  const lab = await labUp({ ...labOfVm, log });
  const place = placeOf(labOfVm.name);
  await locked(`${place.id}-vm`, async () => {
    if (!(await isWhole(place))) {
      await prepareVm(log);
      await bringUp(place, log);
    } else if (pristine) {
      await bootPristine(place, log);
    }
  });
  return vmAt(place, lab);
}

/** Ends the VM and its lab, whatever state they are in. */
export function vmDown(): Promise<void> {
  return labDown(labOfVm);
}

/** Whether it is up, is of this image, and answers. */
async function isWhole(place: Place): Promise<boolean> {
  if (!existsSync(vmPaths.ready(place)) || readFileSync(vmPaths.ready(place), 'utf8') !== image) return false;
  if (!isOn(place) || processesOf(place, roles.forward).length === 0) return false;
  const { code } = await ssh(place, ['true'], { timeout: 20_000 });
  return code === 0;
}

function vmAt(place: Place, lab: Lab): Vm {
  const kubeconfigInside = vmPaths.kubeconfigInside(place);
  writeKubeconfig(place, kubeconfigInside, 'admin', apiServerInside);
  return {
    lab,
    node: vmName,
    address: vmAddress,
    endpoint: endpointOf(place),
    key: vmPaths.key(place),
    knownHosts: vmPaths.knownHosts(place),
    hostKey: hostKeyOf(place),
    kubeconfigInside,
    inside: (argv) => inNetwork(place, argv),
    ssh: (argv, options) => ssh(place, argv, options),
    stdout: (argv, options) => mustSsh(place, argv, options),
    proxyMode: () => proxyMode(place),
    hasSynced: () => hasSynced(place),
    reboot: () => reboot(place),
    powerOff: () => unplug(place),
    powerOn: () => boot(place),
    register: () => register(place),
    reset: () => bootPristine(place),
  };
}
