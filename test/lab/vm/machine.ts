// The VM as a process on the machine: QEMU without hardware virtualization, which no CI machine has to have, on the
// lab's bridge like every other node.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, readOfProcess, startDaemon, stopDaemon } from '../daemon.ts';
import { inNetwork } from '../network.ts';
import { paths, type Place } from '../place.ts';
import { must, run } from '../run.ts';
import { until } from '../until.ts';
import { kernel } from './system.ts';
import { roles, vmName, vmPaths } from './vm-place.ts';

const tap = `tap-${vmName}`;

const processor = ['-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'max', '-smp', '2', '-m', '1024', '-M', 'q35'];
// nothing audible, visible or pluggable: every device costs time at boot
const bare = ['-nodefaults', '-no-user-config', '-display', 'none'];
// a reboot ends QEMU, for boot.ts to start it again: what has been translated of the old kernel makes it slow to load another
const ending = ['-no-reboot'];

const kernelArguments = [
  'root=/dev/nvme0n1 rw console=ttyS0 quiet systemd.show_status=0',
  // the network card is eth0
  'net.ifnames=0',
  // what an emulated processor need not guard against, and clocks it need not compare
  'mitigations=off nokaslr audit=0 apparmor=0 tsc=reliable random.trust_cpu=on',
].join(' ');

/** Returns when QEMU runs. */
export async function powerOn(place: Place): Promise<void> {
  await plugIn(place);
  const boot = ['-kernel', kernel, '-append', kernelArguments];
  const drive = `file=${vmPaths.disk(place)},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap`;
  const disk = ['-drive', drive, '-device', 'nvme,drive=disk,serial=disk'];
  const wire = `tap,id=net,ifname=${tap},script=no,downscript=no`;
  const network = ['-netdev', wire, '-device', 'virtio-net-pci,netdev=net,romfile='];
  const others = ['-device', 'virtio-rng-pci', '-serial', `file:${consoleLog(place)}`];
  const qemu = ['qemu-system-x86_64', ...processor, ...bare, ...ending, ...boot, ...disk, ...network, ...others];
  await startDaemon(place, roles.machine, inNetwork(place, qemu));
  await until('start of QEMU', () => isOn(place), { within: 20_000, every: 20 });
}

/** As if the plug were pulled; what has reached the disk stays there. */
export function powerOff(place: Place): Promise<void> {
  return stopDaemon(place, roles.machine);
}

/** A process that is just about to become QEMU is not yet on, so that one that is not on any more has ended. */
export function isOn(place: Place): boolean {
  return processesOf(place, roles.machine).some((pid) => readOfProcess(pid, 'comm').startsWith('qemu-system'));
}

/** What it and QEMU said last: the only witnesses when it does not boot. */
export function lastWords(place: Place): string {
  const files = [consoleLog(place), join(paths.logs(place), `${roles.machine}.log`)];
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8').slice(-1000).trim() : '')).join('\n');
}

const consoleLog = (place: Place): string => join(paths.logs(place), `${vmName}-console.log`);

/** The tap device outlives QEMU: it is gone with the lab's network namespace. */
async function plugIn(place: Place): Promise<void> {
  const { code } = await run(inNetwork(place, ['ip', 'link', 'show', tap]));
  if (code === 0) return;
  const wire = [`tuntap add ${tap} mode tap`, `link set ${tap} master br0 up`];
  await must(inNetwork(place, ['ip', '-batch', '-']), { input: wire.join('\n') });
}
