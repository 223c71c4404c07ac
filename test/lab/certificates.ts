// The lab's keys and certificates, made anew for every lab.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { apiServerAddress, firstServiceAddress } from './network.ts';
import { paths, type Place } from './place.ts';
import { must } from './run.ts';

/** The group of the certificate with which the API server calls kubelets. */
export const kubeletApiGroup = 'lab:kubelet-api';

type Certificate = {
  readonly name: string;
  readonly subject: string;
  readonly authority?: string;
  readonly hosts?: string;
};

const apiServerHosts = [
  ...[apiServerAddress, firstServiceAddress, '127.0.0.1'].map((address) => `IP:${address}`),
  ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((host) => `DNS:${host}`),
].join(',');

export async function makeCertificates(place: Place, nodes: readonly string[]): Promise<void> {
  mkdirSync(paths.pki(place, '.'), { recursive: true, mode: 0o700 });
  // our own empty configuration: the machine's would add extensions of an authority to every certificate
  writeFileSync(paths.pki(place, 'openssl.cnf'), '[req]\ndistinguished_name = name\n[name]\n');
  makeServiceAccountKey(place);
  await Promise.all(['ca', 'front-proxy-ca'].map((name) => makeAuthority(place, name)));
  const certificates: Certificate[] = [
    { name: 'apiserver', subject: '/CN=kube-apiserver', hosts: apiServerHosts },
    { name: 'kubelet-client', subject: `/O=${kubeletApiGroup}/CN=apiserver-kubelet-client` },
    { name: 'front-proxy-client', subject: '/CN=front-proxy-client', authority: 'front-proxy-ca' },
    { name: 'admin', subject: '/O=system:masters/CN=admin' },
    { name: 'controller-manager', subject: '/CN=system:kube-controller-manager' },
    { name: 'scheduler', subject: '/CN=system:kube-scheduler' },
    { name: 'kube-proxy', subject: '/CN=system:kube-proxy' },
    ...nodes.map((node) => ({ name: node, subject: `/O=system:nodes/CN=system:node:${node}` })),
  ];
  await Promise.all(certificates.map((certificate) => makeCertificate(place, certificate)));
}

function makeServiceAccountKey(place: Place): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(paths.pki(place, 'service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }), {
    mode: 0o600,
  });
  writeFileSync(paths.pki(place, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
}

function makeAuthority(place: Place, name: string): Promise<string> {
  const use = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  return must([...request(place, name, `/CN=${name}`), ...use]);
}

function makeCertificate(place: Place, { name, subject, authority = 'ca', hosts }: Certificate): Promise<string> {
  const signer = ['-CA', paths.pki(place, `${authority}.crt`), '-CAkey', paths.pki(place, `${authority}.key`)];
  const use = ['-addext', 'basicConstraints=CA:FALSE', '-addext', 'extendedKeyUsage=clientAuth,serverAuth'];
  const names = hosts === undefined ? [] : ['-addext', `subjectAltName=${hosts}`];
  return must([...request(place, name, subject), ...signer, ...use, ...names]);
}

function request(place: Place, name: string, subject: string): string[] {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-keyout',
    paths.pki(place, `${name}.key`),
  ];
  const config = ['-config', paths.pki(place, 'openssl.cnf'), '-days', '3650', '-subj', subject];
  return ['openssl', 'req', '-x509', ...key, ...config, '-out', paths.pki(place, `${name}.crt`)];
}
