// The bridge beside others: it serves only while kube-proxy's rules do not, ends by itself, goes without a trace, and is replaced
// without a gap.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bridgesIn, FAMILIES, nftFamily, removal } from '../../src/bridge/table.ts';
import { until } from '../lab/until.ts';
import { answers, load, nft, NOBODY, SHORT, unload } from './load.ts';
import { bridge, CLUSTER_IPS, type Offer } from './objects.ts';
import { sctpArrives } from './sctp.ts';
import { ADDRESSES, GATEWAYS, POD_PORT, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());
afterEach(async () => {
  await world.node.must(['nft', 'flush', 'ruleset']);
});

const ruleset = (): Promise<string> => world.node.must(['nft', 'list', 'ruleset']);
const web: readonly Offer[] = [{ spec: {}, pods: ['own-1', 'own-2'] }];

describe.each(['IPv4', 'IPv6'] as const)('over %s', (family) => {
  const ip = nftFamily(family);
  const host = CLUSTER_IPS[family];
  const gateway = GATEWAYS[family];
  const toEveryone = [`own-1 ${gateway['own-1']}`, `own-2 ${gateway['own-2']}`];
  const dnat = `${host} . 80 : ${ADDRESSES[family].far} . ${POD_PORT}`;
  const hook = (name: string): string => `chain ${name} { type nat hook ${name} priority -100;
    dnat ${ip} to ${ip} daddr . tcp dport map { ${dnat} }; }\n`;
  /** Serves everything from `far`, without masquerading. */
  const kubeProxy = `table ${ip} kube-proxy {\n${hook('prerouting')}${hook('output')}}`;

  it('kube-proxy serves alone while its rules exist, whoever was there first', async () => {
    const fromKubeProxy = [`far ${ADDRESSES[family].client}`];
    await nft(world, kubeProxy);
    await load(world, web);
    expect(await answers(world, 'client', { host })).toEqual(fromKubeProxy);
    expect(await answers(world, 'node', { host })).toEqual([`far ${gateway.far}`]);
    await nft(world, `delete table ${ip} kube-proxy`);
    expect(await answers(world, 'client', { host })).toEqual(toEveryone);
    await nft(world, kubeProxy);
    expect(await answers(world, 'client', { host })).toEqual(fromKubeProxy);
  });

  it('what kube-proxy refuses for want of endpoints stays refused', async () => {
    await load(world, [
      { spec: {}, pods: [] },
      { name: 'other', spec: { clusterIPs: ['10.96.0.99'] }, pods: ['own-1'] },
    ]);
    await nft(
      world,
      `table ${ip} kube-proxy {
      chain forward { type filter hook forward priority 0; ${ip} daddr ${host} reject; }
    }`,
    );
    expect(await answers(world, 'client', { host }, 2)).toEqual(['no answer: ECONNREFUSED']);
  });

  it('is loaded anew without losing a connection', async () => {
    await load(world, web);
    const failed: string[] = [];
    let calls = 0;
    let isOver = false;
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const answer = await world.client.call({ protocol: 'tcp', host, port: 80 });
        calls += 1;
        if (!toEveryone.includes(answer)) failed.push(answer);
      }
    };
    const callers = Promise.all([caller(), caller(), caller()]);
    for (let round = 0; round < 40; round++) {
      const pods = round % 2 === 0 ? (['own-1'] as const) : (['own-1', 'own-2'] as const);
      for (const text of bridge([{ spec: {}, pods }])) await nft(world, text);
    }
    isOver = true;
    await callers;
    expect(failed).toEqual([]);
    expect(calls).toBeGreaterThan(40);
  });

  it('stops serving when nobody loads it anew, and serves again when somebody does', async () => {
    for (const text of bridge(web, {}, 2)) await nft(world, text);
    const served = (): Promise<string[]> => answers(world, 'client', { host, timeout: SHORT }, 4);
    await until('the bridge expires', async () => (await served()).join() === NOBODY.join());
    await world.node.must(['conntrack', '-F']);
    for (const text of bridge(web)) await nft(world, text);
    expect(await answers(world, 'client', { host })).toEqual(toEveryone);
  });

  it('goes on while it is loaded anew', async () => {
    for (const text of bridge(web, {}, 3)) await nft(world, text);
    const began = performance.now();
    const seen = new Set<string>();
    while (performance.now() - began < 7000) {
      for (const text of bridge(web, {}, 3)) await nft(world, text);
      for (const answer of await answers(world, 'client', { host }, 4)) seen.add(answer);
    }
    expect([...seen].toSorted()).toEqual(toEveryone);
  });
});

it('is found by its name, and its removal leaves what others have', async () => {
  await nft(world, 'table ip kube-proxy {\nchain prerouting { type nat hook prerouting priority -100; }\n}');
  await nft(world, 'table inet proxymode-bridge { }');
  const before = await ruleset();
  await load(world, web);
  const tables = (): Promise<string> => world.node.must(['nft', 'list', 'tables']);
  expect(bridgesIn(await tables())).toEqual(FAMILIES);
  await unload(world);
  await unload(world);
  expect(bridgesIn(await tables())).toEqual([]);
  expect(await ruleset()).toBe(before);
});

it('is removed by a rendering with nothing to serve', async () => {
  await load(world, web);
  await load(world, []);
  expect(await ruleset()).toBe('');
});

it('of one family needs nothing of the other', async () => {
  await load(world, web);
  await nft(world, removal('IPv6'));
  expect(await answers(world, 'client', { host: CLUSTER_IPS.IPv4 }, 60)).toHaveLength(2);
});

it('masquerades nothing that it did not translate', async () => {
  await load(world, web);
  const [{ IPv4: address }, { IPv4: gateway }] = [ADDRESSES, GATEWAYS];
  expect(await answers(world, 'own-1', { host: address['own-2'], port: POD_PORT })).toEqual([
    `own-2 ${address['own-1']}`,
  ]);
  expect(await answers(world, 'client', { host: address['own-2'], port: POD_PORT })).toEqual([
    `own-2 ${address.client}`,
  ]);
  expect(await answers(world, 'own-1', { host: address['own-1'], port: POD_PORT })).toEqual([
    `own-1 ${address['own-1']}`,
  ]);
  expect(await answers(world, 'node', { host: address.far, port: POD_PORT })).toEqual([`far ${gateway.far}`]);
  await world.node.order({ kind: 'serve', protocol: 'tcp', family: 4, port: 9000 });
  expect(await answers(world, 'node', { host: '127.0.0.1', port: 9000 })).toEqual(['node 127.0.0.1']);
});

it('serves SCTP', async () => {
  const ports = [{ name: 'main', port: 80, protocol: 'SCTP', nodePort: 30_080 }];
  await load(world, [{ spec: { type: 'NodePort', ports }, pods: ['own-2'], protocol: 'SCTP' }]);
  const to = { pod: world['own-2'], podPort: POD_PORT };
  expect(await sctpArrives({ ...to, from: world['own-1'], host: CLUSTER_IPS.IPv4, port: 80 })).toBe(
    ADDRESSES.IPv4['own-1'],
  );
  expect(await sctpArrives({ ...to, from: world.client, host: GATEWAYS.IPv4.client, port: 30_080 })).toBe(
    GATEWAYS.IPv4['own-2'],
  );
});
