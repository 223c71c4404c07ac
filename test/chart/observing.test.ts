// Alerts and dashboard, held against the /metrics of a real operator: a figure that nobody exposes would be an alert that never
// fires and a panel that stays empty.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, systemClock, type Log } from 'kopf-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { REASONS } from '../../src/api/reasons.ts';
import { migrationOperator } from '../../src/operator/migration-operator.ts';
import { startSimulator } from '../../src/simulator/start.ts';
import { CHART } from '../lab/helm.ts';
import { until } from '../lab/until.ts';
import { render } from './render.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const file = (name: string): string => readFileSync(join(CHART, 'files', name), 'utf8');

type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
};
const alerts = (parse(file('alerts.yaml')) as { groups: [{ rules: Alert[] }] }).groups[0].rules;
const dashboard = JSON.parse(file('dashboard.json')) as {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
};
const questions = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

type Matcher = { readonly label: string; readonly operator: string; readonly value: string };

/** Labels whose values do not come and go with what happens. */
const ALWAYS_THERE: ReadonlySet<string> = new Set(['name', 'controller', 'resource', 'type']);

/** Each `metric{label="value", …}` of a query; labels that Prometheus adds itself are left out. */
function selectors(expr: string): readonly { readonly metric: string; readonly labels: readonly Matcher[] }[] {
  return Array.from(expr.matchAll(/([a-z_]+)\{([^}]*)\}/g), ([, metric = '', inside = '']) => ({
    metric,
    labels: Array.from(inside.matchAll(/(\w+)(!?=~?)"([^"]*)"/g), ([, label = '', operator = '', value = '']) => ({
      label,
      operator,
      value,
    })).filter(({ label }) => !['namespace', 'pod'].includes(label)),
  }));
}

let page = '';
const stop = new AbortController();
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const simulator = await startSimulator({
    clock: systemClock,
    nodes: [{ name: 'n1' }],
    mode: 'iptables',
    crds: crdYaml().map(({ text }) => text),
  });
  const kubeConfig = simulator.kubeconfig('proxymode');
  const connection = connect({ kubeConfig, fieldManager: 'test', userAgent: 'test', clock: systemClock, log: quiet });
  const spec = { mode: 'nftables', dryRun: true };
  const migration = { apiVersion: 'proxymode.dev/v1alpha1', kind: 'ProxyModeMigration', metadata: { name: 'm' }, spec };
  await fetch(`${simulator.url}/apis/proxymode.dev/v1alpha1/proxymodemigrations`, {
    method: 'POST',
    headers: { authorization: 'Bearer admin', 'content-type': 'application/json' },
    body: JSON.stringify(migration),
  });
  const leaderElection = { namespace: 'kube-system', name: 'proxymode' };
  const operator = migrationOperator({ connection, clock: systemClock, log: quiet, leaderElection });
  const ran = operator.run(stop.signal);
  closing.push(
    () => ran,
    () => connection.close(),
    () => simulator.close(),
  );
  await until('a pass', async () => {
    page = await connection.registry.metrics();
    return page.includes('proxymode_migration_nodes{') && page.includes('controller_runtime_reconcile_total{');
  });
});

afterAll(async () => {
  stop.abort();
  for (const close of closing) await close();
});

describe('what is asked of Prometheus', () => {
  it.each(questions)('%s: the operator exposes it', (_name, expr) => {
    const asked = selectors(expr);
    expect(asked).not.toEqual([]);
    for (const { metric, labels } of asked) {
      const samples = page.split('\n').filter((line) => line.startsWith(`${metric}{`));
      expect(samples, metric).not.toEqual([]);
      for (const { label, operator, value } of labels) {
        expect(samples[0], metric).toContain(`${label}="`);
        if (label === 'reason') expect(Object.keys(REASONS)).toContain(value);
        const wanted = operator === '=~' ? new RegExp(`${label}="(${value})"`) : `${label}="${value}"`;
        if (ALWAYS_THERE.has(label)) expect(samples.join('\n'), metric).toMatch(wanted);
      }
    }
  });
});

describe('an alert', () => {
  it.each(alerts)('$alert says what is wrong, what follows, and what to do', ({ annotations }) => {
    expect(annotations.summary.length).toBeGreaterThan(20);
    expect(annotations.description.length).toBeGreaterThan(20);
    expect(annotations.runbook).toMatch(/^1\. /);
  });

  it('speaks of the namespace the release is in', async () => {
    const rules = (await render('metrics.rules.enabled=true')).find(({ kind }) => kind === 'PrometheusRule');
    expect(JSON.stringify(rules)).toContain('namespace=\\"proxymode\\"');
    expect(JSON.stringify(rules)).not.toContain('@NAMESPACE@');
    expect(JSON.stringify(rules)).toContain('{{ $labels.pod }}');
  });
});

describe('the dashboard', () => {
  it('arrives in Grafana as it stands in the chart', async () => {
    const map = (await render('metrics.dashboard.enabled=true')).find(
      ({ kind, data }) => kind === 'ConfigMap' && data?.['proxymode.json'] !== undefined,
    );
    expect(JSON.parse(map?.data?.['proxymode.json'] ?? '')).toEqual(dashboard);
    expect(map?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  });
});
