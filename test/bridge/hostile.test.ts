// Whatever Services say, nft reads what is rendered from them: one word it refuses would cost the node the whole bridge.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderBridge } from '../../src/bridge/render.ts';
import type { BridgeNode } from '../../src/bridge/node-facts.ts';
import { Namespace } from './namespace.ts';
import { node } from './objects.ts';

let machine: Namespace;
beforeAll(async () => {
  machine = await Namespace.start('machine');
});
afterAll(() => machine.end());

const odd = fc.constantFrom(
  'fe80::1%eth0',
  '0.0.0.0/0',
  '::/0',
  '10.1.2.3/8',
  '10.0.0.0/16',
  '10.0.0.0/8',
  '',
  ' 1.2.3.4 ',
  '::',
  '0.0.0.0',
  '::ffff:1.2.3.4',
  '255.255.255.255',
);
const address = fc.oneof(fc.ipV4(), fc.ipV6(), odd);
const prefix = fc.oneof(
  fc.tuple(address, fc.integer({ min: 0, max: 129 })).map(([base, length]) => `${base}/${length}`),
  odd,
);
const port = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(0, 70_000));
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP', 'XYZ');

const one = fc.record({
  clusterIPs: fc.array(address, { minLength: 1, maxLength: 3 }),
  externalIPs: fc.array(address, { maxLength: 3 }),
  loadBalancerSourceRanges: fc.array(prefix, { maxLength: 4 }),
  externalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
  internalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
  sessionAffinity: fc.constantFrom('ClientIP', 'None'),
  ports: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), port, nodePort: port, protocol }), {
    minLength: 1,
    maxLength: 3,
  }),
});

const endpoints = fc.array(
  fc.record({ addresses: fc.array(address, { maxLength: 2 }), nodeName: fc.constantFrom('node', 'other') }),
  { maxLength: 50 },
);

const facts: fc.Arbitrary<BridgeNode> = fc.record({
  name: fc.constant('node'),
  zone: fc.constant(undefined),
  primary: fc.constant(node.primary),
  pods: fc.oneof(
    fc.record({ kind: fc.constant('ranges' as const), ranges: fc.array(prefix, { maxLength: 4 }) }),
    fc.record({ kind: fc.constant('device' as const), name: fc.string({ maxLength: 20 }), isPrefix: fc.boolean() }),
  ),
  masqueradeAll: fc.boolean(),
  masqueradeMark: fc.constantFrom(1, 0x4000, 2 ** 31),
  nodePortAddresses: fc.array(fc.oneof(prefix, fc.constantFrom('primary', 'all', 'localhost')), { maxLength: 3 }),
});

it('nft reads what is rendered, whatever Services say', async () => {
  let fronts = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(one, endpoints, address), { minLength: 5, maxLength: 20 }),
      facts,
      async (all, own) => {
        const metadata = (index: number): { namespace: string; name: string; labels: Record<string, string> } => {
          const name = `s${index}`;
          return { namespace: 'd', name, labels: { 'kubernetes.io/service-name': name } };
        };
        const services = all.map(([spec, , ip], index) => ({
          metadata: metadata(index),
          spec,
          status: { loadBalancer: { ingress: [{ ip }] } },
        }));
        const slices = all.flatMap(([{ ports }, listed], index) =>
          ['IPv4', 'IPv6'].map((addressType) => ({ metadata: metadata(index), addressType, ports, endpoints: listed })),
        );
        for (const script of renderBridge({ node: own, services, slices }, 60)) {
          fronts += script.fronts;
          const { code, stderr } = await machine.run(['nft', '-f', '-'], script.text);
          expect(`${stderr}${code === 0 ? '' : `\n${script.text}`}`).toBe('');
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(fronts).toBeGreaterThan(500);
});
