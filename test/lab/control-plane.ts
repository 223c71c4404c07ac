// etcd, API server, controller manager and scheduler, each an ordinary process in the lab's network namespace.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditFlags } from './audit.ts';
import { kubeletApiGroup } from './certificates.ts';
import { startDaemon } from './daemon.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubectl } from './kubectl.ts';
import { apiServerAddress, apiServerInside, inNetwork, serviceRange } from './network.ts';
import { paths, type Place } from './place.ts';
import { until } from './until.ts';

export async function startEtcd(place: Place): Promise<void> {
  const client = 'http://127.0.0.1:2379';
  const peer = 'http://127.0.0.1:2380';
  const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer];
  const cluster = ['--name', 'lab', '--initial-advertise-peer-urls', peer, '--initial-cluster', `lab=${peer}`];
  // no fsync: what a lab has written need not outlive the machine
  const data = ['--data-dir', join(place.state, 'etcd'), '--unsafe-no-fsync'];
  await startDaemon(place, 'etcd', inNetwork(place, ['etcd', ...urls, ...cluster, ...data]));
}

export async function startApiServer(place: Place): Promise<void> {
  const pki = (file: string): string => paths.pki(place, file);
  await startDaemon(
    place,
    'apiserver',
    inNetwork(place, [
      'kube-apiserver',
      '--etcd-servers=http://127.0.0.1:2379',
      `--advertise-address=${apiServerAddress}`,
      '--secure-port=6443',
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('apiserver.crt')}`,
      `--tls-private-key-file=${pki('apiserver.key')}`,
      `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
      `--kubelet-client-key=${pki('kubelet-client.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${pki('service-account.pub')}`,
      `--service-account-signing-key-file=${pki('service-account.key')}`,
      `--service-cluster-ip-range=${serviceRange}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      '--profiling=false',
      ...auditFlags(place),
    ]),
  );
}

/** Returns when the API server answers `ok`; a server that died says why in the error. */
export async function apiServerReady(place: Place): Promise<void> {
  try {
    await until('API server ready', async () => (await kubectl(place, ['get', '--raw', '/readyz'])) === 'ok');
  } catch (error) {
    const log = readFileSync(join(paths.logs(place), 'apiserver.log'), 'utf8')
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n');
    throw new Error(`the API server does not answer; its log ends with\n${log}`, { cause: error });
  }
}

export async function startControllers(place: Place): Promise<void> {
  const pki = (file: string): string => paths.pki(place, file);
  for (const user of ['controller-manager', 'scheduler']) {
    writeKubeconfig(place, pki(`${user}.conf`), user, apiServerInside);
    const config = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'];
    const flags = [...config.map((flag) => `--${flag}=${pki(`${user}.conf`)}`), '--leader-elect=false'];
    const own = user === 'scheduler' ? [] : controllerManagerFlags(pki);
    await startDaemon(place, user, inNetwork(place, [`kube-${user}`, ...flags, ...own]));
  }
  // without this, exec, logs and port-forward are forbidden to the API server by the kubelets
  const binding = ['create', 'clusterrolebinding', kubeletApiGroup, '--clusterrole=system:kubelet-api-admin'];
  await kubectl(place, [...binding, `--group=${kubeletApiGroup}`]);
}

function controllerManagerFlags(pki: (file: string) => string): string[] {
  return [
    `--service-account-private-key-file=${pki('service-account.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--use-service-account-credentials=true',
    '--allocate-node-cidrs=false',
    // a dead node is NotReady after 10 s instead of 50: tests wait for it
    '--node-monitor-grace-period=10s',
    '--node-monitor-period=1s',
  ];
}
