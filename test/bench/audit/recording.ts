// Writes the recording of a node with many Services, named as `audit --from` wants it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxyMode } from '../../../src/api/fields.ts';
import { makeServices, NODE_IP, nodeObjects, serviceObjects, sliceObjects, type Made } from './cluster.ts';
import { iptablesSave } from './iptables-rules.ts';
import { ipvsTexts } from './ipvs-rules.ts';
import { nftRuleset } from './nft-rules.ts';

/** Gives the size of the rules in bytes. */
export function writeRecording(dir: string, mode: ProxyMode, count: number): number {
  const services = makeServices(count);
  const texts = rulesOf(mode, services);
  mkdirSync(join(dir, 'api'), { recursive: true });
  const config = readFileSync(new URL(`../../../src/dataplane/fixtures/${mode}/configz.json`, import.meta.url), 'utf8');
  for (const [name, text] of [...texts, ['configz.json', config], ['proxyMode.txt', mode]] as const)
    writeFileSync(join(dir, name), text);
  for (const [name, items] of [
    ['services.json', serviceObjects(services)],
    ['endpointslices.json', sliceObjects(services)],
    ['nodes.json', nodeObjects()],
  ] as const)
    writeFileSync(join(dir, 'api', name), JSON.stringify({ kind: 'List', items }));
  return [...texts.values()].reduce((sum, text) => sum + text.length, 0);
}

function rulesOf(mode: ProxyMode, services: readonly Made[]): ReadonlyMap<string, string> {
  const devices = JSON.stringify([
    { ifname: 'enp0s2', addr_info: [{ family: 'inet', local: NODE_IP, prefixlen: 24 }] },
  ]);
  switch (mode) {
    case 'iptables':
      return new Map([
        ['iptables-save.txt', iptablesSave(services)],
        ['ip-addr.json', devices],
      ]);
    case 'nftables':
      return new Map([
        ['nft-list-ruleset.json', nftRuleset(services)],
        ['ip-addr.json', devices],
      ]);
    case 'ipvs':
      return ipvsTexts(services);
  }
}
