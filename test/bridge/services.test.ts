// What Services offer, served by the bridge alone: real connections through this machine's kernel, in both IP families.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, load, NOBODY, REFUSED, SHORT } from './load.ts';
import { CLUSTER_IPS } from './objects.ts';
import { ADDRESSES, GATEWAYS, startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());

const EXTERNAL = { IPv4: '203.0.113.7', IPv6: '2001:db8:7::7' } as const;
const BALANCER = { IPv4: '203.0.113.8', IPv6: '2001:db8:7::8' } as const;

describe.each(['IPv4', 'IPv6'] as const)('over %s', (family) => {
  const address = ADDRESSES[family];
  const gateway = GATEWAYS[family];
  const host = CLUSTER_IPS[family];
  const balancer = { loadBalancer: { ingress: [{ ip: BALANCER[family] }] } };

  describe.each(['tcp', 'udp'] as const)('and %s', (protocol) => {
    const upper = protocol === 'tcp' ? 'TCP' : 'UDP';
    const offer = { spec: {}, pods: ['own-1', 'own-2', 'far'], protocol: upper } as const;

    it('a ClusterIP leads to every endpoint, and pods keep their addresses', async () => {
      await load(world, [{ ...offer, pods: ['own-2', 'far'] }]);
      const self = address['own-1'];
      expect(await answers(world, 'own-1', { host, protocol })).toEqual([`far ${self}`, `own-2 ${self}`]);
    });

    it('a ClusterIP masquerades those who are not pods, and the node', async () => {
      await load(world, [offer]);
      const seen = [`far ${gateway.far}`, `own-1 ${gateway['own-1']}`, `own-2 ${gateway['own-2']}`];
      expect(await answers(world, 'client', { host, protocol }, 60)).toEqual(seen);
      expect(await answers(world, 'node', { host, protocol }, 60)).toEqual(seen);
    });

    it('a node port answers at every address of the node but loopback', async () => {
      const ports = [{ name: 'main', port: 80, protocol: upper, nodePort: 30_080 }];
      await load(world, [{ ...offer, pods: ['own-1'], spec: { type: 'NodePort', ports } }]);
      const target = { port: 30_080, protocol, timeout: SHORT };
      const seen = [`own-1 ${gateway['own-1']}`];
      for (const own of [gateway.far, gateway.client, gateway['own-1']])
        expect(await answers(world, 'client', { ...target, host: own })).toEqual(seen);
      expect(await answers(world, 'node', { ...target, host: gateway.far })).toEqual(seen);
      expect(await answers(world, 'own-2', { ...target, host: gateway.far })).toEqual(seen);
      const loopback = family === 'IPv4' ? '127.0.0.1' : '::1';
      expect(await answers(world, 'node', { ...target, host: loopback }, 1)).toEqual([REFUSED]);
      // The port, and not every port. (A node limits how often it says that a UDP port is closed: hence one call.)
      const other = await answers(world, 'client', { ...target, host: gateway.far, port: 30_081 }, 1);
      expect(other).toEqual([REFUSED]);
    });

    it('an endpoint that is its own client sees the node', async () => {
      await load(world, [{ ...offer, pods: ['own-1'] }]);
      expect(await answers(world, 'own-1', { host, protocol })).toEqual([`own-1 ${gateway['own-1']}`]);
    });

    it('external addresses and those of load balancers are masqueraded', async () => {
      const spec = { type: 'LoadBalancer', externalIPs: [EXTERNAL[family]] };
      await load(world, [{ ...offer, pods: ['own-2'], spec, status: balancer }]);
      for (const outer of [EXTERNAL[family], BALANCER[family]]) {
        expect(await answers(world, 'client', { host: outer, protocol })).toEqual([`own-2 ${gateway['own-2']}`]);
        expect(await answers(world, 'own-1', { host: outer, protocol })).toEqual([`own-2 ${gateway['own-2']}`]);
      }
    });

    it('one source keeps its endpoint, at every address and after a reload; sources are spread', async () => {
      const ports = [{ name: 'main', port: 80, protocol: upper, nodePort: 30_080 }];
      const sticky = { ...offer, spec: { type: 'NodePort', sessionAffinity: 'ClientIP', ports } };
      await load(world, [sticky]);
      const [first = '', ...others] = await answers(world, 'client', { host, protocol });
      expect(others).toEqual([]);
      await load(world, [{ ...sticky, pods: [...sticky.pods].toReversed() }]);
      expect(await answers(world, 'client', { host, protocol })).toEqual([first]);
      expect(await answers(world, 'client', { host: gateway.client, port: 30_080, protocol })).toEqual([first]);
      const sources = Array.from({ length: 16 }, (_, index) =>
        family === 'IPv4' ? `192.0.2.${100 + index}` : `2001:db8:99::${100 + index}`,
      );
      const found = await Promise.all(sources.map((from) => fromAddress(from, { host, protocol })));
      expect(new Set(found.flat().map((one) => one.split(' ')[0]))).toEqual(new Set(['far', 'own-1', 'own-2']));
    });

    async function fromAddress(from: string, target: { host: string; protocol: 'tcp' | 'udp' }): Promise<string[]> {
      const length = family === 'IPv4' ? 32 : 128;
      const noDad = family === 'IPv4' ? [] : ['nodad'];
      await world.client.must(['ip', 'addr', 'replace', `${from}/${length}`, 'dev', 'eth0', ...noDad]);
      await world.node.must(['ip', 'route', 'replace', from, 'dev', 'client']);
      const found = await answers(world, 'client', { ...target, from }, 4);
      await world.client.must(['ip', 'addr', 'del', `${from}/${length}`, 'dev', 'eth0']);
      return found;
    }
  });

  describe('with traffic policies', () => {
    const ports = [{ name: 'main', port: 80, nodePort: 30_080 }];
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports };

    it('external Local keeps strangers on the node, with their addresses; pods and the node may leave it', async () => {
      await load(world, [{ spec, status: balancer, pods: ['own-2', 'far'] }]);
      const places = [{ host: gateway.client, port: 30_080 }, { host: BALANCER[family] }];
      for (const place of places) {
        expect(await answers(world, 'client', place)).toEqual([`own-2 ${address.client}`]);
        expect(await answers(world, 'own-1', place)).toEqual([`far ${address['own-1']}`, `own-2 ${address['own-1']}`]);
        expect(await answers(world, 'node', place)).toEqual([`far ${gateway.far}`, `own-2 ${gateway['own-2']}`]);
      }
      expect(await answers(world, 'client', { host })).toEqual([`far ${gateway.far}`, `own-2 ${gateway['own-2']}`]);
    });

    it('external Local serves no stranger where the node has no endpoint', async () => {
      await load(world, [{ spec, status: balancer, pods: ['far'] }]);
      const place = { host: gateway.client, port: 30_080, timeout: SHORT };
      expect(await answers(world, 'client', place)).toEqual([REFUSED]);
      expect(await answers(world, 'node', place)).toEqual([`far ${gateway.far}`]);
    });

    it('internal Local stays on the node, and serves nobody without an endpoint there', async () => {
      const internal = { internalTrafficPolicy: 'Local' };
      await load(world, [{ spec: internal, pods: ['own-2', 'far'] }]);
      expect(await answers(world, 'own-1', { host })).toEqual([`own-2 ${address['own-1']}`]);
      await load(world, [{ spec: internal, pods: ['far'] }]);
      expect(await answers(world, 'own-1', { host, timeout: SHORT })).toEqual(NOBODY);
    });

    it('source ranges let in whom they name', async () => {
      const range = family === 'IPv4' ? ['192.0.2.0/24', '192.0.2.8/29'] : ['2001:db8:99::/64', '2001:db8:99::/120'];
      const ranged = { type: 'LoadBalancer', loadBalancerSourceRanges: range, ports };
      await load(world, [{ spec: ranged, status: balancer, pods: ['own-2'] }]);
      const place = { host: BALANCER[family], timeout: SHORT };
      expect(await answers(world, 'client', place)).toEqual([`own-2 ${gateway['own-2']}`]);
      expect(await answers(world, 'own-1', place)).toEqual(NOBODY);
      // They are for the load balancer's address alone.
      expect(await answers(world, 'own-1', { host: gateway.far, port: 30_080 })).toEqual([`own-2 ${gateway['own-2']}`]);
    });
  });

  it('terminating endpoints serve while no other is ready', async () => {
    const leaving = { pod: 'own-2', ready: false, serving: true, terminating: true } as const;
    const broken = { pod: 'own-1', ready: false, serving: false, terminating: true } as const;
    await load(world, [{ spec: {}, pods: [leaving, broken] }]);
    expect(await answers(world, 'client', { host })).toEqual([`own-2 ${gateway['own-2']}`]);
    await load(world, [{ spec: {}, pods: [leaving, broken, 'far'] }]);
    expect(await answers(world, 'client', { host })).toEqual([`far ${gateway.far}`]);
  });

  it('pods are told from others by their devices where kube-proxy does so', async () => {
    await load(world, [{ spec: {}, pods: ['own-2'] }], { pods: { kind: 'device', name: 'own-', isPrefix: true } });
    expect(await answers(world, 'own-1', { host })).toEqual([`own-2 ${address['own-1']}`]);
    expect(await answers(world, 'client', { host })).toEqual([`own-2 ${gateway['own-2']}`]);
    expect(await answers(world, 'node', { host })).toEqual([`own-2 ${gateway['own-2']}`]);
  });

  it('nobody is masqueraded for coming from elsewhere where kube-proxy cannot tell, and all are where it is to', async () => {
    await load(world, [{ spec: {}, pods: ['own-2'] }], { pods: { kind: 'unknown' } });
    expect(await answers(world, 'client', { host })).toEqual([`own-2 ${address.client}`]);
    await load(world, [{ spec: {}, pods: ['own-2'] }], { masqueradeAll: true });
    expect(await answers(world, 'own-1', { host })).toEqual([`own-2 ${gateway['own-2']}`]);
  });

  it('node ports answer where kube-proxy was told to let them', async () => {
    const ports = [{ name: 'main', port: 80, nodePort: 30_080 }];
    const offers = [{ spec: { type: 'NodePort', ports }, pods: ['own-2'] }] as const;
    const at = (own: string): Promise<string[]> =>
      answers(world, 'client', { host: own, port: 30_080, timeout: SHORT });
    const served = [`own-2 ${gateway['own-2']}`];
    const refused = [REFUSED];
    const range = family === 'IPv4' ? '192.0.2.0/24' : '2001:db8:99::/64';
    await load(world, offers, { nodePortAddresses: [range] });
    expect([await at(gateway.client), await at(gateway.far)]).toEqual([served, refused]);
    await load(world, offers, { nodePortAddresses: ['primary'] });
    expect([await at(gateway.client), await at(gateway.far)]).toEqual([refused, served]);
  });
});
