// Virtual servers, ipsets and kube-ipvs0 of kube-proxy 1.36 in mode ipvs, as in the recording under src/dataplane/fixtures/ipvs; the rules
// of iptables in that mode do not grow with Services and are taken from there.
import { readFileSync } from 'node:fs';
import { NODE_IP, type Made } from './cluster.ts';

const RECORDING = new URL('../../../src/dataplane/fixtures/ipvs/', import.meta.url);

export function ipvsTexts(services: readonly Made[]): ReadonlyMap<string, string> {
  return new Map([
    [
      'iptables-save.txt',
      readFileSync(new URL('iptables-save.txt', RECORDING), 'utf8').replace(/^-A KUBE-IPVS-OUT-FILTER .*\n/m, ''),
    ],
    ['proc-net-ip_vs.txt', servers(services)],
    ['ipset-save.txt', sets(services)],
    ['ip-addr.json', devices(services)],
  ]);
}

function fronts({ clusterIP, balancer, nodePort }: Made): { address: string; port: number }[] {
  return [
    { address: clusterIP, port: 80 },
    ...(balancer === undefined ? [] : [{ address: balancer, port: 80 }]),
    ...(nodePort === undefined ? [] : [{ address: NODE_IP, port: nodePort }]),
  ];
}

function servers(services: readonly Made[]): string {
  const lines = ['IP Virtual Server version 1.2.1 (size=4096)', 'Prot LocalAddress:Port Scheduler Flags'];
  for (const service of services)
    for (const { address, port } of fronts(service)) {
      lines.push(`TCP  ${hex(address)}:${hexPort(port)} rr  ${service.affinity ? 'persistent 2700000 FFFFFFFF' : ''}`);
      for (const endpoint of service.endpoints)
        lines.push(`  -> ${hex(endpoint.address)}:${hexPort(8080)}      Masq    1      0          0         `);
    }
  return `${lines.join('\n')}\n`;
}

function hex(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function sets(services: readonly Made[]): string {
  const create = readFileSync(new URL('ipset-save.txt', RECORDING), 'utf8').match(/^create KUBE-(?!6-).*$/gm) ?? [];
  const lines = [...create];
  for (const { clusterIP, balancer, nodePort, endpoints } of services) {
    lines.push(`add KUBE-CLUSTER-IP ${clusterIP},tcp:80`, `add KUBE-IPVS-IPS ${clusterIP}`);
    if (balancer !== undefined)
      lines.push(`add KUBE-LOAD-BALANCER ${balancer},tcp:80`, `add KUBE-IPVS-IPS ${balancer}`);
    if (nodePort !== undefined) lines.push(`add KUBE-NODE-PORT-TCP ${nodePort}`);
    for (const { address, local } of endpoints)
      if (local) lines.push(`add KUBE-LOOP-BACK ${address},tcp:8080,${address}`);
  }
  return `${lines.join('\n')}\n`;
}

function devices(services: readonly Made[]): string {
  const virtual = services.flatMap(({ clusterIP, balancer }) =>
    balancer === undefined ? [clusterIP] : [clusterIP, balancer],
  );
  return JSON.stringify([
    { ifname: 'enp0s2', addr_info: [{ family: 'inet', local: NODE_IP, prefixlen: 24 }] },
    { ifname: 'kube-ipvs0', addr_info: virtual.map((local) => ({ family: 'inet', local, prefixlen: 32 })) },
  ]);
}
