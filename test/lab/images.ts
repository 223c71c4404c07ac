// The lab's two images, made by hand from Debian packages and our binaries and kept in the cache.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure, kubernetesVersion, labBin, labtool } from './binaries.ts';
import { writeArchive } from './image-archive.ts';
import { cache, digest, sources } from './place.ts';
import { must } from './run.ts';

/** Holds labtool and a shell; it is the pause container, the echo server and the place to look around in. */
export const toolImage = 'lab.local/tool:1';
export const kubeProxyImage = `lab.local/kube-proxy:${kubernetesVersion}`;

const recipe = digest(
  labBin,
  labtool,
  readFileSync(join(sources, 'images.ts')),
  readFileSync(join(sources, 'image-archive.ts')),
);
const directory = join(cache, 'images', recipe);

/** What every node gets imported. */
export const archives = ['tool', 'kube-proxy'].map((name) => join(directory, `${name}.tar`));

export async function ensureImages(): Promise<void> {
  await ensure(directory, async (work) => {
    await makeToolImage(work);
    await makeKubeProxyImage(work);
    rmSync(join(work, 'root'), { recursive: true });
  });
}

async function makeToolImage(work: string): Promise<void> {
  const root = join(work, 'root/tool');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(labtool, join(root, 'labtool'));
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['cat', 'grep', 'ip', 'ls', 'nc', 'ps', 'sh', 'sleep'])
    symlinkSync('busybox', join(root, 'bin', name));
  await writeArchive(join(work, 'tool.tar'), { name: toolImage, entrypoint: ['/labtool'], root });
}

/**
 * What the usual image of kube-proxy holds, with the libraries its tools are linked with. netbase is for /etc/protocols: without
 * it nft lists "6" for "tcp", and a kube-proxy in nftables mode that starts again takes its own map elements for strange ones
 * and deletes them (pkg/proxy/nftables/proxier.go, cleanupLeftoverKeys).
 */
const kubeProxyPackages = `
  conntrack dash ipset iptables kmod netbase nftables busybox-static libc6 libbsd0 libedit2 libgmp10 libip4tc2 libip6tc2
  libipset13 libjansson4 libkmod2 liblzma5 libmd0 libmnl0 libnetfilter-conntrack3 libnfnetlink0 libnftables1 libnftnl11
  libssl3 libtinfo6 libxtables12 libzstd1
`
  .trim()
  .split(/\s+/);

async function makeKubeProxyImage(work: string): Promise<void> {
  const root = join(work, 'root/kube-proxy');
  mergeUsr(root);
  await unpack(kubeProxyPackages, join(work, 'root/packages'), root);
  for (const name of ['doc', 'man', 'locale', 'lintian', 'bash-completion', 'info']) {
    rmSync(join(root, 'usr/share', name), { recursive: true, force: true });
  }
  // what Debian's alternatives would choose, had the packages been installed: the nft variant
  for (const family of ['iptables', 'ip6tables']) {
    for (const tool of ['', '-save', '-restore']) linkOver('xtables-nft-multi', join(root, 'usr/sbin', family + tool));
  }
  for (const name of ['cat', 'chmod', 'grep', 'ln', 'ls', 'ps', 'rm', 'sleep', 'wc'])
    linkOver('busybox', join(root, 'usr/bin', name));
  for (const name of ['usr/local/bin', 'proc', 'sys', 'dev', 'run', 'tmp', 'etc', 'var/lib']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  copyFileSync(join(labBin, 'kube-proxy'), join(root, 'usr/local/bin/kube-proxy'));
  await prove(root);
  await writeArchive(join(work, 'kube-proxy.tar'), { name: kubeProxyImage, entrypoint: [], root });
}

/** /bin, /sbin and /lib as links into /usr, which Debian's packages expect to find already there. */
function mergeUsr(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
}

/** Downloads packages and unpacks them without installing; apt checks their signatures. */
async function unpack(packages: readonly string[], downloads: string, root: string): Promise<void> {
  mkdirSync(downloads, { recursive: true });
  await must(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: downloads });
  for (const file of readdirSync(downloads)) {
    // tar by ourselves: dpkg-deb would replace the links of mergeUsr by directories
    const extract = `dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"`;
    await must(['bash', '-c', `set -o pipefail; ${extract}`, 'unpack', join(downloads, file), root]);
  }
}

function linkOver(target: string, link: string): void {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

/** A missing library shows here, not as a crash loop in the cluster. */
async function prove(root: string): Promise<void> {
  for (const tool of ['nft', 'iptables', 'iptables-restore', 'conntrack', 'ipset', 'kube-proxy']) {
    await must(['chroot', root, tool, '--version'], { env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin' } });
  }
}
