// What the chart renders, and what it refuses. Golden files are for reviewers: `vitest -u` writes them anew.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { migrationSpec } from '../../src/api/migration.ts';
import { CHART, helm } from '../lab/helm.ts';
import { notes, refusal, render, renderText, type Manifest } from './render.ts';
import { SHAPES } from './shapes.ts';

const { version } = packageJson;
const CRDS = join(import.meta.dirname, '../../crds');
const ofKind = (manifests: readonly Manifest[], kind: string) => manifests.filter((one) => one.kind === kind);

describe.each(Object.entries(SHAPES))('the chart, %s', (name, sets) => {
  it('passes helm lint, warnings included', async () => {
    const { stdout, code } = await helm(['lint', '--strict', CHART, ...sets.flatMap((set) => ['--set', set])]);
    expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
    expect(code).toBe(0);
  });

  it('renders what it rendered before', async () => {
    const text = (await renderText(sets)).replaceAll(version, 'VERSION');
    await expect(text).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it('gives every object the labels it is found by, and every namespaced one its namespace', async () => {
    const clusterWide = /^(Cluster.*|PriorityClass)$/;
    for (const { kind, metadata } of await render(...sets)) {
      expect(metadata.labels).toMatchObject({
        'app.kubernetes.io/instance': 'proxymode',
        'app.kubernetes.io/managed-by': 'Helm',
      });
      if (!clusterWide.test(kind)) expect(metadata.namespace, `${kind} ${metadata.name}`).toBeDefined();
    }
  });
});

describe('the notes', () => {
  it.each(['api-only', 'helper-pods', 'ssh'])(
    'end in a migration that can be applied as it stands (%s)',
    async (name) => {
      const [, manifest = ''] = /<<EOF\n([^]*?)\nEOF\n/.exec(await notes(SHAPES[name] ?? [])) ?? [];
      const { spec } = parse(manifest) as { readonly spec: unknown };
      expect(migrationSpec.strict().parse(spec)).toMatchObject({ mode: 'nftables', dryRun: true });
    },
  );

  it('say how to admit helper pods, where there are any', async () => {
    const label = 'pod-security.kubernetes.io/enforce=privileged';
    expect(await notes(SHAPES['helper-pods'] ?? [])).toContain(label);
    expect(await notes(SHAPES['api-only'] ?? [])).not.toContain(label);
  });

  it('of the read-only rights say how to look', async () => {
    expect(await notes(SHAPES['assess-only'] ?? [])).toContain('kubectl proxymode assess');
  });
});

describe("the chart's CRDs", () => {
  it('are those of crds/, to be kept when the release goes', async () => {
    const rendered = ofKind(await render(), 'CustomResourceDefinition');
    const committed = readdirSync(CRDS).map((file) => parse(readFileSync(join(CRDS, file), 'utf8')) as Manifest);
    expect(rendered.map(({ spec }) => spec)).toEqual(committed.map(({ spec }) => spec));
    expect(rendered.map(({ metadata }) => metadata.name)).toEqual(committed.map(({ metadata }) => metadata.name));
    for (const { metadata } of rendered) expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
  });

  it('go with the release where that is wanted', async () => {
    const rendered = ofKind(await render('crds.keep=false'), 'CustomResourceDefinition');
    expect(rendered.map(({ metadata }) => metadata.annotations)).toEqual([undefined, undefined]);
  });

  it('can be left out', async () => {
    expect(ofKind(await render('crds.enabled=false'), 'CustomResourceDefinition')).toEqual([]);
  });
});

describe('wrong values', () => {
  it.each([
    ['replicaCount=0', /replicaCount.*minimum: got 0, want 1/],
    ['replicaCount=two', /replicaCount.*got string, want integer/],
    ['replicas=3', /additional properties 'replicas' not allowed/],
    ['nodeAccess.ssh.enable=true', /nodeAccess\/ssh.*additional properties 'enable' not allowed/],
    ['logLevel=trace', /logLevel.*value must be one of 'error', 'warn', 'info', 'debug'/],
    ['image.pullPolicy=ifNotPresent', /image\/pullPolicy.*value must be one of 'Always', 'IfNotPresent', 'Never'/],
    ['image.digest=sha256:abc', /image\/digest.*'sha256:abc' does not match pattern/],
    ['metrics.port=80', /metrics\/port.*minimum: got 80, want 1,?024/],
    ['metrics.monitor=Probe', /metrics\/monitor.*value must be one of 'None', 'PodMonitor', 'ServiceMonitor'/],
    ['kubeProxy.configMaps=kube-proxy', /kubeProxy\/configMaps.*got string, want array/],
    ['test.mode=userspace', /test\/mode.*value must be one of 'iptables', 'ipvs', 'nftables'/],
    ['nodeAccess.pod=false', /allow at least one of pod, none and ssh\.enabled/],
    ['nodeAccess.ssh.enabled=true', /name the Secrets with private keys in nodeAccess\.ssh\.secrets/],
  ])('%s: the answer names the value and what it may be', async (set, message) => {
    expect((await refusal(set)).replaceAll(/\s+/g, ' ')).toMatch(message);
  });

  it('finds nothing wrong with values for all charts of a parent', async () => {
    expect(await refusal('global.region=eu')).toBe('helm has nothing against them');
  });
});

describe('the image', () => {
  const imageOf = async (...sets: readonly string[]): Promise<unknown> => {
    const [deployment] = ofKind(await render(...sets), 'Deployment');
    const { spec } = deployment as { spec: { template: { spec: { containers: [{ image: string }] } } } };
    return spec.template.spec.containers[0].image;
  };

  it.each([
    [[], `proxymode:${version}`],
    [['image.tag=1.2'], 'proxymode:1.2'],
    [['image.registry=mirror.example.org:5000', 'image.repository=a/b'], `mirror.example.org:5000/a/b:${version}`],
    [['image.tag=1.2', `image.digest=sha256:${'a'.repeat(64)}`], `proxymode@sha256:${'a'.repeat(64)}`],
  ])('with %j is %s', async (sets, image) => {
    expect(await imageOf(...sets)).toBe(image);
  });
});
