// A node as it was recorded (dataplane/fixtures), answering as a live one does.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { NodeObject } from '../../../dataplane/demand/objects.ts';
import type { NodeShell, ShellCommand, ShellResult } from '../../../node/shell.ts';
import { createServiceObjects } from '../../service-objects.ts';
import type { AuditWay } from '../audit-node.ts';
import { OPERATOR_MOST, type NodeSource } from '../read-node.ts';

const FIXTURES = join(import.meta.dirname, '../../../dataplane/fixtures');
const file = (...path: readonly string[]): string => readFileSync(join(FIXTURES, ...path), 'utf8');
const objectsIn = (name: string): readonly KubeObject[] =>
  (JSON.parse(file('api', name)) as { items: readonly KubeObject[] }).items;
const nodes = objectsIn('nodes.json') as readonly (KubeObject & NodeObject)[];
export const NODE: NodeObject = nodes.find(({ metadata }) => metadata.name === 'node-vm') ?? { metadata: {} };
const MARK = 'm'.repeat(20);

/** What the recorded node prints; `rules` is asked each time. */
export type Machine = { readonly rules: () => string; readonly more?: Readonly<Record<string, string | number>> };

const PRINTED: Readonly<Record<string, string | number>> = {
  'iptables-legacy-save-c.txt': 127,
  'ip6tables-legacy-save-c.txt': 127,
  'ip6tables-nft-save-c.txt': file('iptables', 'ip6tables-save.txt'),
  'nft-list-table-ip-kube-proxy.txt': '',
  'nft-list-table-ip6-kube-proxy.txt': '',
  'proc-net-ip_vs.txt': '',
  'ipset-save.txt': '',
  'ip-addr.json': file('iptables', 'ip-addr.json'),
  fib_trie: '',
  route: '',
  if_inet6: '',
  dev: '',
};

/** Answers a batch as a node would: each command's output between its marks. */
export function shellOf({ rules, more = {} }: Machine): NodeShell {
  return {
    node: 'node-vm',
    pathOf: (path) => path,
    close: () => Promise.resolve(),
    run: ({ stdin = '' }: ShellCommand): Promise<ShellResult> => {
      const ids = [...stdin.matchAll(/^run (?:'([^']+)'|(\S+)) /gm)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const printed: Readonly<Record<string, string | number>> = {
        ...PRINTED,
        'iptables-nft-save-c.txt': rules(),
        ...more,
      };
      const told = ids.map((id) => {
        const said = printed[id] ?? 1;
        const [text, code] = typeof said === 'number' ? ['', said] : [said, 0];
        return `${MARK} begin ${id}\n${text}\n${MARK} end ${id} ${code}\n`;
      });
      const errors = ids.map((id) => `${MARK} begin ${id}\ncannot ${id}\n\n${MARK} end ${id} 1\n`);
      return Promise.resolve({
        kind: 'exited',
        code: 0,
        stdout: told.join(''),
        stderr: errors.join(''),
        truncated: false,
      });
    },
  };
}

const CONFIGZ = file('iptables', 'configz.json');
export const sourceOf = (machine: Machine, ask?: NodeSource['ask'], config?: string): NodeSource => ({
  shell: shellOf(machine),
  ask: ask ?? ((path) => Promise.resolve(path === '/proxyMode' ? 'iptables' : CONFIGZ)),
  config,
});

export type Way = AuditWay & { readonly lists: string[] };

export function way(): Way {
  const lists: string[] = [];
  const list = (resource: Resource): Promise<object> => {
    if (resource.plural !== 'nodes') lists.push(resource.plural);
    return Promise.resolve({ items: objectsIn(`${resource.plural}.json`), resourceVersion: '1' });
  };
  let at = 1_000_000;
  const clock: Clock = {
    now: () => at,
    sleep: (time) => {
      at += time;
      return Promise.resolve();
    },
  };
  const objects = createServiceObjects({ client: { list } as unknown as Pick<Client, 'list'>, clock });
  return { objects, clock, mark: () => MARK, most: OPERATOR_MOST, signal: new AbortController().signal, lists };
}

export const HEALTHY = file('iptables', 'iptables-save-c.txt');

/** Without the rule by which connections to the address of a Service find its chain. */
export function without(address: string): string {
  const start = `-A KUBE-SERVICES -d ${address}/32 `;
  return HEALTHY.split('\n')
    .filter((line) => !(line.includes(start) && line.includes('-j KUBE-SVC-')))
    .join('\n');
}

/** To the node's kube-proxy. */
export function proxyStream(): Promise<Duplex> {
  const [near, far] = duplexPair();
  const server = createServer(({ url }, response) => response.end(url === '/proxyMode' ? 'iptables' : CONFIGZ));
  server.emit('connection', far);
  return Promise.resolve(near);
}
