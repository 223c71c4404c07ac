// `nft -j list ruleset` of kube-proxy 1.36 in mode nftables, as in the recording under src/dataplane/fixtures/nftables. What all Services
// share is taken from there.
import { readFileSync } from 'node:fs';
import { nftName } from '../../../src/dataplane/demand/names.ts';
import { NODE_IP, type Made } from './cluster.ts';

type Item = Record<string, Record<string, unknown>>;

const RECORDING = new URL('../../../src/dataplane/fixtures/nftables/nft-list-ruleset.json', import.meta.url);

export function nftRuleset(services: readonly Made[]): string {
  const recorded = (JSON.parse(readFileSync(RECORDING, 'utf8')) as { nftables: Item[] }).nftables;
  const shared = recorded
    .filter(isShared)
    .map((item) => ((item['map'] ?? item['set']) ? filled(item, services) : item));
  return JSON.stringify({ nftables: [...shared, ...services.flatMap(own)] });
}

/** Of the IPv4 table, and of no single Service. */
function isShared(item: Item): boolean {
  const [kind, body = {}] = Object.entries(item)[0] ?? [];
  if (kind === 'metainfo') return true;
  if (body['family'] !== 'ip' || (body['table'] ?? body['name']) !== 'kube-proxy') return false;
  return !String(body['chain'] ?? body['name']).includes('/');
}

/** The recorded map or set with the elements of the made-up Services. */
function filled(item: Item, services: readonly Made[]): Item {
  const [kind = '', body = {}] = Object.entries(item)[0] ?? [];
  const served = services.filter(({ endpoints }) => endpoints.length > 0);
  const empty = services.filter(({ endpoints }) => endpoints.length === 0);
  const elements: Record<string, () => unknown[]> = {
    'cluster-ips': () => services.map(({ clusterIP }) => clusterIP),
    'nodeport-ips': () => [NODE_IP],
    'hairpin-connections': () =>
      served.flatMap(({ endpoints }) =>
        endpoints.filter(({ local }) => local).map(({ address }) => ({ concat: [address, address, 'tcp', 8080] })),
      ),
    'service-ips': () => served.flatMap(serviceElements),
    'service-nodeports': () =>
      served.flatMap((made) =>
        made.nodePort === undefined ? [] : [[{ concat: ['tcp', made.nodePort] }, goto(`external-${nameOf(made)}`)]],
      ),
    'no-endpoint-services': () =>
      empty.map(({ clusterIP }) => [{ concat: [clusterIP, 'tcp', 80] }, goto('reject-chain')]),
    'no-endpoint-nodeports': () =>
      empty.flatMap(({ nodePort }) =>
        nodePort === undefined ? [] : [[{ concat: ['tcp', nodePort] }, goto('reject-chain')]],
      ),
  };
  return { [kind]: { ...body, elem: elements[String(body['name'])]?.() ?? [] } };
}

function serviceElements(made: Made): unknown[] {
  const inside = [{ concat: [made.clusterIP, 'tcp', 80] }, goto(`service-${nameOf(made)}`)];
  return made.balancer === undefined
    ? [inside]
    : [inside, [{ concat: [made.balancer, 'tcp', 80] }, goto(`external-${nameOf(made)}`)]];
}

function nameOf({ name }: Made): string {
  return nftName({ namespace: 'shop', name, portName: 'http', protocol: 'tcp' });
}

function goto(target: string): unknown {
  return { goto: { target } };
}

/** Chains, rules and sets of one Service. */
function own(made: Made): Item[] {
  if (made.endpoints.length === 0) return [];
  const service = `service-${nameOf(made)}`;
  const items = made.affinity ? sticky(made, service) : [chain(service), rule(service, [proto(), drawn(made)])];
  if (made.nodePort === undefined) return items;
  const external = `external-${nameOf(made)}`;
  const mark = { mangle: { key: { meta: { key: 'mark' } }, value: { '|': [{ meta: { key: 'mark' } }, 16384] } } };
  return [...items, chain(external), rule(external, [mark]), rule(external, [goto(service)])];
}

function sticky(made: Made, service: string): Item[] {
  const names = made.endpoints.map(({ address }) => `${nameOf(made)}__${address}/8080`);
  const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
  const slots = names.map((name, at) => [at, goto(`endpoint-${name}`)]);
  return [
    ...names.map((name): Item => ({
      set: { ...table(), name: `affinity-${name}`, type: 'ipv4_addr', flags: ['timeout'], timeout: 10_800 },
    })),
    chain(service),
    ...names.map((name) =>
      rule(service, [{ match: { op: '==', left: saddr, right: `@affinity-${name}` } }, goto(`endpoint-${name}`)]),
    ),
    rule(service, [{ vmap: { key: numgen(names.length), data: { set: slots } } }]),
    ...made.endpoints.flatMap(({ address }, at) => {
      const name = `endpoint-${names[at] ?? ''}`;
      return [
        chain(name),
        rule(name, [{ set: { op: 'update', elem: saddr, set: `@affinity-${names[at] ?? ''}` } }]),
        rule(name, [proto(), { dnat: { addr: address, port: 8080 } }]),
      ];
    }),
  ];
}

function table(): Record<string, unknown> {
  return { family: 'ip', table: 'kube-proxy' };
}

function chain(name: string): Item {
  return { chain: { ...table(), name, handle: 1 } };
}

function rule(name: string, expr: readonly unknown[]): Item {
  return { rule: { ...table(), chain: name, handle: 1, expr } };
}

function proto(): unknown {
  return { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'tcp' } };
}

function numgen(mod: number): unknown {
  return { numgen: { mode: 'random', mod, offset: 0 } };
}

function drawn({ endpoints }: Made): unknown {
  const set = endpoints.map(({ address }, at) => [at, { concat: [address, 8080] }]);
  return { dnat: { family: 'ip', addr: { map: { key: numgen(endpoints.length), data: { set } } } } };
}
