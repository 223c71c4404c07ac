// The VM as the API server knows it, and the kubeconfig of its kube-proxy.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubernetesVersion } from '../binaries.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { kubectl } from '../kubectl.ts';
import { apiServerInside } from '../network.ts';
import type { Place } from '../place.ts';
import { kernelVersion } from './system.ts';
import { vmAddress, vmName, vmPaths } from './vm-place.ts';

export async function register(place: Place): Promise<void> {
  const input = readFileSync(join(import.meta.dirname, 'cluster.yaml'), 'utf8');
  await kubectl(place, ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
  // the API server taints every new Node; a controller would take it away again
  await patchNode(place, { spec: { taints: null } });
  await patchNode(place, { status: nodeStatus() }, '--subresource=status');
  writeKubeconfig(place, vmPaths.kubeconfig(place), 'kube-proxy', apiServerInside);
}

async function patchNode(place: Place, patch: object, ...flags: readonly string[]): Promise<void> {
  await kubectl(place, ['patch', 'node', vmName, '--type=merge', ...flags, '--patch', JSON.stringify(patch)]);
}

/** What its kubelet would report. */
function nodeStatus(): object {
  return {
    addresses: [
      { type: 'InternalIP', address: vmAddress },
      { type: 'Hostname', address: vmName },
    ],
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'set by the lab' }],
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'containerd://1.6.20',
      kernelVersion: kernelVersion(),
      kubeProxyVersion: '',
      kubeletVersion: kubernetesVersion,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Debian GNU/Linux',
      systemUUID: '',
    },
  };
}
