import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { NodeObject } from '../../dataplane/demand/objects.ts';
import type { NodeShell, ShellCommand, ShellResult } from '../../node/shell.ts';
import { createServiceObjects } from '../service-objects.ts';
import { auditNode, lookAtNode, type AuditWay } from './audit-node.ts';
import type { NodeSource } from './read-node.ts';

const FIXTURES = join(import.meta.dirname, '../../dataplane/fixtures');
const file = (...path: readonly string[]): string => readFileSync(join(FIXTURES, ...path), 'utf8');
const objectsIn = (name: string): readonly KubeObject[] =>
  (JSON.parse(file('api', name)) as { items: readonly KubeObject[] }).items;
const NODE = (objectsIn('nodes.json') as readonly NodeObject[]).find(({ metadata }) => metadata.name === 'node-vm');
if (NODE === undefined) throw new Error('the fixtures have no node');
const MARK = 'm'.repeat(20);

/** What the recorded node prints; `rules` is asked each time. */
type Machine = { readonly rules: () => string; readonly more?: Readonly<Record<string, string | number>> };

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
function shellOf({ rules, more = {} }: Machine): NodeShell {
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
const sourceOf = (machine: Machine, ask?: NodeSource['ask'], config?: string): NodeSource => ({
  shell: shellOf(machine),
  ask: ask ?? ((path) => Promise.resolve(path === '/proxyMode' ? 'iptables' : CONFIGZ)),
  config,
});

type Way = AuditWay & { readonly lists: string[] };

function way(): Way {
  const lists: string[] = [];
  const list = (resource: Resource): Promise<object> => {
    lists.push(resource.plural);
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
  return { objects, clock, mark: () => MARK, signal: new AbortController().signal, lists };
}

const HEALTHY = file('iptables', 'iptables-save-c.txt');
/** Without the rule by which connections to shop/echo find its chain. */
const BROKEN = HEALTHY.replace(/^.*-A KUBE-SERVICES -d 10\.96\.1\.14\/32 .*KUBE-SVC-.*\n/m, '');

describe('the audit of a live node', () => {
  it('looks once where nothing is wrong', async () => {
    const asked = way();
    const found = await auditNode(NODE, sourceOf({ rules: () => HEALTHY }), asked);
    expect(found).toMatchObject({ kind: 'audited', findings: [] });
    expect(asked.lists).toEqual(['services', 'endpointslices']);
  });

  it('tells what is wrong both times, with objects listed anew', async () => {
    expect(BROKEN).not.toBe(HEALTHY);
    const asked = way();
    const found = await auditNode(NODE, sourceOf({ rules: () => BROKEN }), asked);
    expect(found).toMatchObject({ findings: [{ kind: 'missing', service: 'shop/echo:echo', severity: 'error' }] });
    expect(asked.lists).toHaveLength(4);
  });

  it('says nothing of what was only just being written', async () => {
    const texts = [BROKEN, HEALTHY];
    const found = await auditNode(NODE, sourceOf({ rules: () => texts.shift() ?? '' }), way());
    expect(found).toMatchObject({ kind: 'audited', findings: [] });
  });

  it('says nothing of what has come only since', async () => {
    const other = HEALTHY.replace(/^.*-A KUBE-SERVICES -d 10\.96\.1\.1\/32 .*KUBE-SVC-.*\n/m, '');
    const texts = [other, BROKEN];
    const found = await auditNode(NODE, sourceOf({ rules: () => texts.shift() ?? '' }), way());
    expect(other).not.toBe(HEALTHY);
    expect(found).toMatchObject({ kind: 'audited', findings: [] });
  });

  it('takes a node without any rule for broken, not for unread', async () => {
    const found = await auditNode(NODE, sourceOf({ rules: () => '' }), way());
    expect(found).toMatchObject({ kind: 'audited' });
    expect(found.kind === 'audited' && found.findings.map(({ id }) => id)).toContain('nothing-there');
  });

  it('notes what could not be read', async () => {
    const found = await auditNode(NODE, sourceOf({ rules: () => HEALTHY, more: { 'ipset-save.txt': 1 } }), way());
    expect(found).toMatchObject({
      findings: [{ kind: 'unread', where: 'ipset-save', what: 'Could not be read: cannot ipset-save.txt' }],
    });
  });
});

describe('a look', () => {
  it('judges nothing by half a ruleset', async () => {
    const whole = shellOf({ rules: () => HEALTHY });
    const run: NodeShell['run'] = async (command) => {
      const result = await whole.run(command);
      return result.kind === 'exited' ? { ...result, stdout: result.stdout.slice(0, 20_000), truncated: true } : result;
    };
    const source = { ...sourceOf({ rules: () => HEALTHY }), shell: { ...whole, run } };
    expect(await lookAtNode(NODE, source, way())).toMatchObject({
      kind: 'unread',
      why: expect.stringContaining('broke off') as string,
    });
  });

  it('takes the configuration as written where kube-proxy does not answer, and nothing where there is none', async () => {
    const silent = (): Promise<never> => Promise.reject(new Error('connection refused'));
    const config =
      'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: iptables\nclusterCIDR: 10.244.0.0/16\n';
    const told = await lookAtNode(NODE, sourceOf({ rules: () => HEALTHY }, silent, config), way());
    expect(told).toMatchObject({ kind: 'looked', recorded: { mode: 'iptables' } });
    expect(await lookAtNode(NODE, sourceOf({ rules: () => HEALTHY }, silent), way())).toEqual({
      kind: 'unread',
      why: 'its kube-proxy does not say how it is configured: connection refused',
    });
  });
});
