// The Debian packages the lab runs on: container runtime, CNI plugins, etcd and the tools to look at a node's rules.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { must, run } from './run.ts';

const forNodes = `
  busybox-static conntrack containerd containernetworking-plugins etcd-server iproute2
  ipset iptables nftables openssl runc util-linux
`
  .trim()
  .split(/\s+/);

export async function ensurePackages(log: (line: string) => void, needed = forNodes): Promise<void> {
  const missing = await missingPackages(needed);
  if (missing.length === 0) return;
  if (!existsSync('/usr/bin/apt-get')) throw new Error(`no apt-get here; install by hand: ${missing.join(' ')}`);
  log(`installing ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await withoutServices(async () => {
    // a run killed while unpacking leaves packages half configured, and apt refuses to go on
    await must(['dpkg', '--configure', '-a'], { env });
    await must(['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120', 'update'], { env });
    const install = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120', 'install', '--no-install-recommends'];
    await must([...install, ...missing], { env });
  });
}

async function missingPackages(needed: readonly string[]): Promise<string[]> {
  const query = await run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', ...needed]);
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return needed.filter((name) => !installed.has(name));
}

const policy = '/usr/sbin/policy-rc.d';
const ours = '#!/bin/sh\n# proxymode lab: packages installed for the lab start no service\nexit 101\n';

/** Keeps Debian from starting containerd and etcd as services of the machine: the lab runs its own, inside namespaces. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (!existsSync(policy)) writeFileSync(policy, ours, { mode: 0o755 });
  try {
    await work();
  } finally {
    // also one that a killed run left; a policy of somebody else stays
    if (readFileSync(policy, 'utf8') === ours) rmSync(policy);
  }
}
