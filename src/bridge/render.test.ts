import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointSliceObject, ServiceObject } from '../dataplane/demand/objects.ts';
import { bridgeFronts } from './fronts.ts';
import { bridgeNode } from './node-facts.ts';
import { renderBridge } from './render.ts';
import { MOST_ENDPOINTS } from './sample.ts';
import { aliveElements, bridgesIn, removal } from './table.ts';

const node = bridgeNode(
  { metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
  { clusterCIDR: '10.244.0.0/16' },
  'iptables',
);

function slice(of: string, addresses: readonly string[], addressType = 'IPv4'): EndpointSliceObject {
  const endpoints = addresses.map((address) => ({ addresses: [address], nodeName: 'n1' }));
  const metadata = { namespace: 'shop', name: `${of}-x`, labels: { 'kubernetes.io/service-name': of } };
  return { metadata, addressType, ports: [{ name: '', port: 8080, protocol: 'TCP' }], endpoints };
}

function service(name: string, spec: NonNullable<ServiceObject['spec']>): ServiceObject {
  return { metadata: { namespace: 'shop', name }, spec: { ports: [{ port: 80 }], ...spec } };
}

const web = service('web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] });

function textOf(services: readonly ServiceObject[], slices: readonly EndpointSliceObject[], facts = node): string {
  return renderBridge({ node: facts, services, slices }, 120)[0]?.text ?? '';
}

describe('the text for nft', () => {
  it('leads an address to the chain of its kind, and numbers its endpoints', () => {
    const text = textOf([web], [slice('web', ['10.244.0.2', '10.244.0.3'])]);
    expect(text).toContain('10.96.0.1 . tcp . 80 : goto inside-2');
    expect(text).toContain('10.96.0.1 . tcp . 80 . 0 : 10.244.0.2 . 8080');
    expect(text).toContain('10.96.0.1 . tcp . 80 . 1 : 10.244.0.3 . 8080');
    expect(text.match(/^ {2}chain /gm)).toHaveLength(5);
  });

  it('is the same for the same objects in another order', () => {
    const other = service('api', { clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'] });
    const slices = [slice('web', ['10.244.0.2', '10.244.0.3']), slice('api', ['10.244.0.9'])];
    const turned = [slice('api', ['10.244.0.9']), slice('web', ['10.244.0.3', '10.244.0.2'])];
    expect(textOf([other, web], turned)).toBe(textOf([web, other], slices));
  });

  it('only removes where there is nothing to serve', () => {
    expect(renderBridge({ node, services: [web], slices: [] }, 120)).toEqual([
      { family: 'IPv4', text: removal('IPv4'), fronts: 0 },
      { family: 'IPv6', text: removal('IPv6'), fronts: 0 },
    ]);
  });

  it('leaves headless Services, ExternalNames and those of other proxies alone', () => {
    const labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
    const others = [
      service('web', { clusterIP: 'None', clusterIPs: ['None'] }),
      service('web', { type: 'ExternalName', clusterIP: '10.96.0.1' }),
      { ...web, metadata: { ...web.metadata, labels } },
    ];
    for (const other of others) expect(textOf([other], [slice('web', ['10.244.0.2'])])).toBe(removal('IPv4'));
  });

  it('keeps a ClusterIP for its Service when another names it as its external address', () => {
    const thief = service('a-thief', { clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2'], externalIPs: ['10.96.0.1'] });
    const text = textOf([thief, web], [slice('web', ['10.244.0.2']), slice('a-thief', ['10.244.0.66'])]);
    expect(text).toContain('10.96.0.1 . tcp . 80 . 0 : 10.244.0.2 . 8080');
    expect(text).not.toContain('10.96.0.1 . tcp . 80 . 0 : 10.244.0.66');
  });

  it('takes a part of very many endpoints, another part on another node', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `10.244.${index >> 8}.${index & 255}`);
    const input = { services: [web], slices: [slice('web', many)] };
    const chosen = (name: string): readonly string[] =>
      bridgeFronts({ ...input, node: { ...node, name } }).fronts[0]?.course.any ?? [];
    expect(new Set(chosen('n1')).size).toBe(MOST_ENDPOINTS);
    expect(chosen('n1')).toEqual(chosen('n1'));
    expect(chosen('n2')).not.toEqual(chosen('n1'));
  });

  it('grows with what it serves, and has no chain for each Service', () => {
    const count = 5000;
    const address = (index: number): string => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
    const names = Array.from({ length: count }, (_, index) => `s${index}`);
    const services = names.map((name, index) =>
      service(name, { clusterIP: address(index), clusterIPs: [address(index)] }),
    );
    const slices = names.map((name, index) =>
      slice(
        name,
        [0, 1, 2].map((one) => address((1 << 18) + 4 * index + one)),
      ),
    );
    const text = textOf(services, slices);
    expect(text.length / count).toBeLessThan(400);
    expect(text.match(/^ {2}chain /gm)).toHaveLength(5);
  });
});

describe('what users wrote', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '10.0.0.1; flush ruleset',
      'fe80::1%eth0',
      '10.0.0.0/33',
      '"',
      '}',
      '::1\n',
      '0.0.0.0/0',
      '10.1.2.3/8',
    ),
    fc.ipV4(),
    fc.ipV6(),
  );
  const port = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(0, -1, 1.5, 70_000, Number.NaN));
  const specs = fc.record({
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer', 'x; y'),
    clusterIPs: fc.array(hostile, { maxLength: 2 }),
    externalIPs: fc.array(hostile, { maxLength: 2 }),
    loadBalancerSourceRanges: fc.array(hostile, { maxLength: 2 }),
    sessionAffinity: fc.constantFrom('ClientIP', 'None', '}'),
    ports: fc.array(fc.record({ port, nodePort: port, protocol: fc.constantFrom('TCP', 'UDP', 'SCTP', 'x }') }), {
      maxLength: 2,
    }),
  });
  /** Every line the renderer can write. */
  const address = '[0-9a-f:.]+';
  const element = `${address} \\. (tcp|udp|sctp) \\. \\d+|(tcp|udp|sctp) \\. \\d+|${address} \\. ${address}|${address}/\\d+`;
  const value = `: goto [a-z0-9-]+|: ${address} \\. \\d+`;
  const elements = new RegExp(`^(${element})( \\. \\d+)?( \\. ${address}/\\d+)?( (${value}))?$`);

  it('never becomes anything but an address, a prefix or a port', () => {
    fc.assert(
      fc.property(specs, fc.array(hostile), hostile, (spec, addresses, name) => {
        const pods = { kind: 'ranges', ranges: addresses } as const;
        const facts = { ...node, name, pods, nodePortAddresses: addresses };
        const services = [{ ...service('web', spec), status: { loadBalancer: { ingress: [{ ip: name }] } } }];
        const slices = [slice('web', [...addresses, '10.244.0.2']), slice('web', [...addresses, 'fd00::2'], 'IPv6')];
        for (const { text } of renderBridge({ node: facts, services, slices }, 120))
          for (const [, list = ''] of text.matchAll(/elements = \{ ((?!tcp timeout)[^{}]*?) \}/g))
            for (const one of list.split(',\n')) expect(one).toMatch(elements);
      }),
      { numRuns: 500 },
    );
  });

  it('names no device that the kernel would not have', () => {
    const text = textOf([web], [slice('web', ['10.244.0.2'])], {
      ...node,
      pods: { kind: 'device', name: 'cali" accept; #', isPrefix: true },
    });
    expect(text).not.toContain('cali');
    expect(text).toContain('goto inside-1');
  });
});

describe('the facts of a node', () => {
  const object = { metadata: { name: 'n1' }, spec: { podCIDRs: ['10.244.1.0/24'] } };

  it.each([
    [{ detectLocalMode: 'NodeCIDR' }, { kind: 'ranges', ranges: ['10.244.1.0/24'] }],
    [{ clusterCIDR: '10.244.0.0/16,fd00::/48' }, { kind: 'ranges', ranges: ['10.244.0.0/16', 'fd00::/48'] }],
    [{}, { kind: 'unknown' }],
    [
      { detectLocalMode: 'BridgeInterface', detectLocal: { bridgeInterface: 'cni0' } },
      { kind: 'device', name: 'cni0', isPrefix: false },
    ],
    [
      { detectLocalMode: 'InterfaceNamePrefix', detectLocal: { interfaceNamePrefix: 'cali' } },
      { kind: 'device', name: 'cali', isPrefix: true },
    ],
    [{ detectLocalMode: 'BridgeInterface' }, { kind: 'unknown' }],
  ])('from %j tell pods by %j', (config, pods) => {
    expect(bridgeNode(object, config, 'iptables').pods).toEqual(pods);
  });

  it('know where the running mode lets node ports answer', () => {
    expect(bridgeNode(object, {}, 'iptables').nodePortAddresses).toEqual(['all']);
    expect(bridgeNode(object, {}, 'nftables').nodePortAddresses).toEqual(['primary']);
    expect(bridgeNode(object, { nodePortAddresses: ['10.0.0.0/8'] }, 'nftables').nodePortAddresses).toEqual([
      '10.0.0.0/8',
    ]);
  });
});

describe('the table', () => {
  it('lives for whole seconds only', () => {
    expect(aliveElements(90)).toBe('{ tcp timeout 90s, udp timeout 90s, sctp timeout 90s }');
    expect(() => aliveElements(0)).toThrow(RangeError);
    expect(() => aliveElements(1.5)).toThrow(RangeError);
  });

  it('is found in a list of tables', () => {
    expect(bridgesIn('table ip nat\ntable ip6 proxymode-bridge\ntable inet proxymode-bridge\n')).toEqual(['IPv6']);
    expect(bridgesIn('table ip proxymode-bridge-2\n')).toEqual([]);
  });
});
