import { describe, expect, it } from 'vitest';
import type { NodeShell } from '../../node/shell.ts';
import { auditNode, lookAtNode } from './audit-node.ts';
import { HEALTHY, NODE, shellOf, sourceOf, way, without } from './testing/recorded-node.ts';

/** Connections to shop/echo find no chain. */
const BROKEN = without('10.96.1.14');

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
    const other = without('10.96.1.1');
    const texts = [other, BROKEN];
    const found = await auditNode(NODE, sourceOf({ rules: () => texts.shift() ?? '' }), way());
    expect(other).not.toBe(HEALTHY);
    expect(found).toMatchObject({ kind: 'audited', findings: [] });
  });

  it('does not take many Services that change for one fault that stays', async () => {
    const starts = HEALTHY.split('\n').filter((line) => /-A KUBE-SERVICES -d .*-j KUBE-SVC-/.test(line));
    const lacking = (lines: readonly string[]): string =>
      HEALTHY.split('\n')
        .filter((line) => !lines.includes(line))
        .join('\n');
    // At first so many that they would be told of as one fault.
    const texts = [lacking(starts.slice(0, 12)), lacking(starts.slice(12))];
    expect(starts.length).toBeGreaterThan(12);
    const found = await auditNode(NODE, sourceOf({ rules: () => texts.shift() ?? '' }), way());
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
      return result.kind === 'exited' ? { ...result, stdout: result.stdout.slice(0, 20_000) } : result;
    };
    const source = { ...sourceOf({ rules: () => HEALTHY }), shell: { ...whole, run } };
    expect(await lookAtNode(NODE, source, way())).toMatchObject({
      kind: 'unread',
      why: expect.stringContaining('broke off') as string,
    });
  });

  it.each([
    ['bytes', { bytes: 8 * 1024 * 1024, words: Infinity }, (line: string) => line.padEnd(100, 'x').repeat(85_000)],
    ['words', { bytes: Infinity, words: 100_000 }, (line: string) => line.repeat(30_000)],
  ])('judges nothing of a ruleset of too many %s, and says so', async (_what, most, rulesOf) => {
    const whole = shellOf({ rules: () => `${HEALTHY}*nat\n${rulesOf('-A KUBE-A -j B\n')}COMMIT\n` });
    const run: NodeShell['run'] = async (command) => {
      const result = await whole.run(command);
      if (result.kind !== 'exited' || command.maxOutput === undefined) return result;
      const { stdout } = result;
      return { ...result, stdout: stdout.slice(0, command.maxOutput), truncated: stdout.length > command.maxOutput };
    };
    const source = { ...sourceOf({ rules: () => HEALTHY }), shell: { ...whole, run } };
    expect(await lookAtNode(NODE, source, { ...way(), most })).toMatchObject({
      kind: 'unread',
      why: expect.stringContaining('its rules are too large to judge: more than') as string,
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
