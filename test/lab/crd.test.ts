// That a real API server takes the CustomResourceDefinitions, fills in their defaults, and refuses what the CEL rules refuse, in our words.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCrds } from './crds.ts';
import { labBin, labDown, labUp, until, type Lab } from './lab.ts';
import { must, run } from './run.ts';

const own = { name: 'test-crd', controlPlaneOnly: true };
let lab: Lab;

beforeAll(async () => {
  lab = await labUp(own);
  await installCrds(lab);
  await until('the API server explains the kinds', async () =>
    (await Promise.all(['pmm', 'nmig'].map((kind) => run(kubectlArgv('explain', kind))))).every(
      ({ code }) => code === 0,
    ),
  );
});

afterAll(() => labDown(own));

function kubectlArgv(...args: readonly string[]): readonly string[] {
  return [
    join(labBin, 'kubectl'),
    `--kubeconfig=${lab.kubeconfig}`,
    `--cache-dir=${join(lab.state, 'kubectl-cache')}`,
    ...args,
  ];
}

function migration(name: string, spec: object): object {
  return { apiVersion: 'proxymode.dev/v1alpha1', kind: 'ProxyModeMigration', metadata: { name }, spec };
}

/** '' when the API server takes the object, otherwise what it says. Nothing is stored. */
async function refusal(object: object): Promise<string> {
  const { stderr, code } = await run(kubectlArgv('create', '--dry-run=server', '-f', '-'), {
    input: JSON.stringify(object),
  });
  return code === 0 ? '' : stderr;
}

async function create(object: object): Promise<void> {
  await must(kubectlArgv('create', '-f', '-'), { input: JSON.stringify(object) });
}

const config = (section: string, fields: object = {}) => ({ config: { [section]: fields } });
const requirement = (operator: string, values?: readonly string[]) => ({
  nodeSelector: { matchExpressions: [{ key: 'k', operator, ...(values === undefined ? {} : { values }) }] },
});
const daemonSet = (fields: object) => ({ kubeProxy: { daemonSet: { name: 'kube-proxy', ...fields } } });

const overSsh = { nodeAccess: { type: 'SSH', ssh: { secretRef: { name: 's' }, knownHosts: { name: 'k' } } } };
const units = (fields: object = {}) => ({ kubeProxy: { type: 'Systemd', ...fields } });
const GATEWAY = { name: 'gw', address: '10.0.0.9' };
const machines = (...nodes: readonly object[]) => ({ mode: 'ipvs', ...units({ systemd: { nodes } }), ...overSsh });

test('both definitions are structural and their names accepted', async () => {
  for (const name of ['proxymodemigrations', 'nodemigrations']) {
    const crd = JSON.parse(await lab.kubectl('get', 'crd', `${name}.proxymode.dev`, '-o', 'json')) as {
      status: { conditions: { type: string; status: string }[] };
    };
    expect(crd.status.conditions.map(({ type, status }) => `${type}=${status}`).toSorted()).toEqual([
      'Established=True',
      'NamesAccepted=True',
    ]);
  }
});

test('kubectl explain tells every field', async () => {
  expect(await lab.kubectl('explain', 'pmm.spec.rollout.maxUnavailable')).toContain(
    'How many selected nodes may be in transit at once',
  );
  expect(await lab.kubectl('explain', 'nmig.status.evidence.firstSyncs')).toContain('When rules were last programmed');
});

test('the API server fills in the defaults, and the columns tell the story', async () => {
  await create(migration('defaults', { mode: 'nftables' }));
  const stored = JSON.parse(await lab.kubectl('get', 'pmm', 'defaults', '-o', 'json')) as { spec: unknown };
  expect(stored.spec).toEqual({
    mode: 'nftables',
    nodeAccess: { type: 'Pod' },
    preflight: { kernelModules: 'Load', sysctls: 'Apply', persist: true, accept: [] },
    rollout: { maxUnavailable: 1, nodeTimeout: '5m' },
    verify: { successes: 3, soak: '0s' },
    onFailure: 'Rollback',
    paused: false,
    dryRun: false,
  });
  const table = await lab.kubectl('get', 'pmm');
  expect(table.split('\n')[0]?.split(/\s+/)).toEqual([
    'NAME',
    'TARGET',
    'PHASE',
    'SWITCHED',
    'FELL-BACK',
    'FAILED',
    'MESSAGE',
    'AGE',
  ]);
});

describe('a ProxyModeMigration', () => {
  test.each([
    ['a number of nodes', { mode: 'ipvs', rollout: { maxUnavailable: 3 } }],
    ['a percentage', { mode: 'ipvs', rollout: { maxUnavailable: '25%' } }],
    ['composed durations', { mode: 'ipvs', rollout: { nodeTimeout: '1h30m' }, verify: { soak: '250ms' } }],
    ['the section of its own mode', { mode: 'ipvs', ...config('ipvs', { scheduler: 'rr' }) }],
    [
      'sections for every mode',
      { mode: 'ipvs', config: { nodePortAddresses: ['10.0.0.0/8'], conntrack: { tcpBeLiberal: true } } },
    ],
    ['a ConfigMap and a key', { mode: 'ipvs', ...daemonSet({ configMap: 'c', key: 'k' }) }],
    ['a ConfigMap alone', { mode: 'ipvs', ...daemonSet({ configMap: 'c' }) }],
    ['units of systemd over SSH', { mode: 'ipvs', ...units(), ...overSsh }],
    [
      'a unit and its file',
      { mode: 'ipvs', ...units({ systemd: { unit: 'kube-proxy@1.service', configFile: '/etc/a b.yml' } }), ...overSsh },
    ],
    ['a machine without a Node object', machines(GATEWAY)],
    ['a change that somebody else makes', { mode: 'ipvs', rollout: { strategy: 'Assist' } }],
    ['a trial on every node', { mode: 'ipvs', preflight: { trial: 'PerNode' } }],
    ['no trial, over SSH', { mode: 'ipvs', preflight: { trial: 'Skip' }, ...overSsh }],
    ['values with In', { mode: 'ipvs', ...requirement('In', ['a']) }],
    ['no values with Exists', { mode: 'ipvs', ...requirement('Exists') }],
  ])('is taken with %s', async (_, spec) => {
    expect(await refusal(migration('ok', spec))).toBe('');
  });

  test.each([
    ['no mode', {}, 'spec.mode: Required value'],
    ['an unknown mode', { mode: 'userspace' }, 'supported values: "iptables", "ipvs", "nftables"'],
    ['an unknown field', { mode: 'ipvs', modes: 'x' }, 'unknown field "spec.modes"'],
    ['no node at a time', { mode: 'ipvs', rollout: { maxUnavailable: 0 } }, 'greater than or equal to 1'],
    ['0 percent', { mode: 'ipvs', rollout: { maxUnavailable: '0%' } }, 'spec.rollout.maxUnavailable'],
    ['a number as a string', { mode: 'ipvs', rollout: { maxUnavailable: '3' } }, 'spec.rollout.maxUnavailable'],
    ['a timeout of nothing', { mode: 'ipvs', rollout: { nodeTimeout: '0s' } }, 'must be longer than 0s'],
    ['a timeout without a unit', { mode: 'ipvs', rollout: { nodeTimeout: '30' } }, 'spec.rollout.nodeTimeout'],
    ['one machine twice', machines(GATEWAY, GATEWAY), 'Duplicate value'],
    ['a machine whose name is none', machines({ ...GATEWAY, name: 'GW_1' }), 'spec.kubeProxy.systemd.nodes[0].name'],
    ['an address that is an option', machines({ ...GATEWAY, address: '-oProxyCommand=x' }), 'nodes[0].address'],
    ['an address with a port', machines({ ...GATEWAY, address: 'a:22' }), 'nodes[0].address'],
    ['an empty duration', { mode: 'ipvs', verify: { soak: '' } }, 'spec.verify.soak'],
    [
      'the section of another mode',
      { mode: 'nftables', ...config('ipvs') },
      'config.ipvs is only allowed with mode ipvs',
    ],
    ['another one', { mode: 'ipvs', ...config('iptables') }, 'config.iptables is only allowed with mode iptables'],
    [
      'and another one',
      { mode: 'iptables', ...config('nftables') },
      'config.nftables is only allowed with mode nftables',
    ],
    ['a key without a ConfigMap', { mode: 'ipvs', ...daemonSet({ key: 'k' }) }, 'key needs configMap'],
    [
      'a trial over SSH',
      { mode: 'ipvs', preflight: { trial: 'PerNode' }, ...overSsh },
      'trial needs nodeAccess.type Pod',
    ],
    [
      'a trial where somebody else makes the change',
      { mode: 'ipvs', preflight: { trial: 'PerGroup' }, rollout: { strategy: 'Assist' } },
      'trial is not for rollout.strategy Assist',
    ],
    ['units of systemd, and pods to reach them', { mode: 'ipvs', ...units() }, 'Systemd needs nodeAccess.type SSH'],
    [
      'a unit of a DaemonSet',
      { mode: 'ipvs', kubeProxy: { systemd: {} } },
      'systemd is only allowed with type Systemd',
    ],
    [
      'a DaemonSet of units',
      { mode: 'ipvs', ...units({ daemonSet: { name: 'x' } }), ...overSsh },
      'daemonSet is only allowed with type DaemonSet',
    ],
    [
      'a pattern of units',
      { mode: 'ipvs', ...units({ systemd: { unit: 'a*' } }), ...overSsh },
      'spec.kubeProxy.systemd.unit',
    ],
    ['In without values', { mode: 'ipvs', ...requirement('In') }, 'values are needed with In and NotIn'],
    ['NotIn with no value', { mode: 'ipvs', ...requirement('NotIn', []) }, 'values are needed with In and NotIn'],
    [
      'Exists with values',
      { mode: 'ipvs', ...requirement('Exists', ['a']) },
      'not allowed with Exists and DoesNotExist',
    ],
    [
      'an audit where somebody else makes the change',
      { mode: 'ipvs', verify: { audit: 'Warn' }, rollout: { strategy: 'Assist' } },
      'verify.audit is for rollout.strategy InPlace',
    ],
    [
      'an audit of nodes that nobody reaches',
      { mode: 'ipvs', verify: { audit: 'Enforce' }, nodeAccess: { type: 'None' } },
      'verify.audit needs nodeAccess',
    ],
  ])('is refused with %s', async (_, spec, words) => {
    expect(await refusal(migration('no', spec))).toContain(words);
  });

  test.each(['a.b', 'x'.repeat(64)])('is refused with the name %s', async (name) => {
    expect(await refusal(migration(name, { mode: 'ipvs' }))).toContain(
      'metadata.name must have at most 63 characters and no dots',
    );
  });

  const patch = (name: string, spec: object): Promise<string> =>
    lab.kubectl('patch', 'pmm', name, '--type=merge', '-p', JSON.stringify({ spec }));
  const patchStatus = (name: string, status: object): Promise<string> =>
    lab.kubectl('patch', 'pmm', name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));

  test('may be changed until it has started; from then on mode, config and kubeProxy are fixed', async () => {
    await create(migration('started', { mode: 'ipvs', ...config('ipvs', { scheduler: 'rr' }), ...daemonSet({}) }));
    await patch('started', config('ipvs', { scheduler: 'wrr' }));
    await patchStatus('started', { phase: 'Planned' });
    await patch('started', { mode: 'nftables', config: null });
    await patchStatus('started', { phase: 'Progressing', startedAt: '2026-01-01T00:00:00Z' });

    const fixed = 'cannot change once the migration has started; create another ProxyModeMigration';
    await expect(patch('started', { mode: 'iptables' })).rejects.toThrow(`spec.mode ${fixed}`);
    await expect(patch('started', config('nftables', { masqueradeAll: true }))).rejects.toThrow(`spec.config ${fixed}`);
    await expect(patch('started', { kubeProxy: null })).rejects.toThrow(`spec.kubeProxy ${fixed}`);
    await expect(patch('started', daemonSet({ configMap: 'c' }))).rejects.toThrow(`spec.kubeProxy ${fixed}`);

    await patch('started', { paused: true, rollout: { maxUnavailable: '50%' }, onFailure: 'Pause' });
    await patchStatus('started', { phase: 'Succeeded' });
  });
});

describe('a NodeMigration', () => {
  const spec = { migration: 'm', nodeName: 'n1', nodeUID: 'u1', mode: 'ipvs' };

  test('keeps its spec, but for the UID of a node that came again', async () => {
    await create({ apiVersion: 'proxymode.dev/v1alpha1', kind: 'NodeMigration', metadata: { name: 'm-n1' }, spec });
    const patch = (change: object): Promise<string> =>
      lab.kubectl('patch', 'nmig', 'm-n1', '--type=merge', '-p', JSON.stringify({ spec: change }));
    await patch({ nodeUID: 'u2' });
    for (const [field, value] of Object.entries({ migration: 'x', nodeName: 'n2', mode: 'nftables' }))
      await expect(patch({ [field]: value })).rejects.toThrow(`${field} cannot change`);
  });

  test('is selected by node, migration, mode and phase', async () => {
    await create({
      apiVersion: 'proxymode.dev/v1alpha1',
      kind: 'NodeMigration',
      metadata: { name: 'm-n9' },
      spec: { ...spec, nodeName: 'n9' },
    });
    await lab.kubectl(
      'patch',
      'nmig',
      'm-n9',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"Switched"}}',
    );
    const selector = 'spec.nodeName=n9,spec.migration=m,spec.mode=ipvs,status.phase=Switched';
    expect((await lab.kubectl('get', 'nmig', '-o', 'name', '--field-selector', selector)).trim()).toBe(
      'nodemigration.proxymode.dev/m-n9',
    );
    expect((await lab.kubectl('get', 'nmig', '-o', 'name', '--field-selector', 'status.phase=Failed')).trim()).toBe('');
  });
});
