import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, type KubeObject } from 'kopf-ts';
import { send, type Fault } from '../kopf-ts/testing/fake-api-server.ts';
import { servePortForward } from '../kopf-ts/testing/fake-port-forward.ts';
import { startFixture, type Fixture } from '../kopf-ts/testing/fixture.ts';
import { until } from '../kopf-ts/testing/until.ts';
import { kubeadm } from '../kubeproxy/fixtures/daemon-sets.ts';
import { migrationOperator } from './migration-operator.ts';
import { CONFIG, migration } from './testing/facts.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-proxy', uid: 'ds-uid', controller: true };
const MIGRATION = '/apis/proxymode.dev/v1alpha1/proxymodemigrations/m';

/** Asks kube-proxy by its own pod. */
const DIRECT = migration({ spec: { nodeAccess: { type: 'None' } } as never });

type Stage = Fixture & { readonly kubeProxy: Server; readonly connections: () => number };

const stages: Stage[] = [];

afterEach(async () => {
  for (const { kubeProxy, close } of stages.splice(0)) {
    kubeProxy.closeAllConnections();
    kubeProxy.close();
    await close();
  }
});

const DAEMON_SET = { ...kubeadm, metadata: { ...kubeadm.metadata, uid: OWNER.uid } };
const CONFIG_MAP = {
  metadata: { name: 'kube-proxy', namespace: 'kube-system', uid: 'cm-uid', resourceVersion: '1' },
  data: { 'config.conf': CONFIG },
};
const POD = {
  metadata: { name: 'kube-proxy-n1', namespace: 'kube-system', uid: 'pod-uid', ownerReferences: [OWNER] },
  spec: { nodeName: 'n1' },
  status: { phase: 'Running', containerStatuses: [{ name: 'kube-proxy', state: { running: {} } }] },
};
/** The fake API server keeps what has no namespace; this is what it says of kube-system. */
const KUBE_SYSTEM: Readonly<Record<string, KubeObject>> = {
  '/apis/apps/v1/daemonsets/kube-system': DAEMON_SET,
  '/api/v1/configmaps/kube-system': CONFIG_MAP,
  '/api/v1/pods/kube-system': POD,
};

const inKubeSystem: Fault = ({ path, query }, response) => {
  const item = KUBE_SYSTEM[path];
  if (item === undefined) return false;
  if (query.get('watch') === 'true') response.writeHead(200).flushHeaders();
  else send(response, { status: 200, body: { metadata: { resourceVersion: '1' }, items: [item] } });
  return true;
};

/** One node, whose kube-proxy takes questions and never answers. */
async function stage(): Promise<Stage> {
  const fixture = await startFixture();
  const { objects, http, faults } = fixture.server;
  const node = { metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
  objects.put('/api/v1/nodes/n1', node);
  faults.push(inKubeSystem);
  const kubeProxy = createServer(() => undefined);
  let connections = 0;
  kubeProxy.on('connection', (socket) => {
    connections++;
    socket.on('close', () => connections--);
  });
  await new Promise<void>((resolve) => void kubeProxy.listen(0, '127.0.0.1', resolve));
  servePortForward(http).behaviour = { kind: 'dial', port: (kubeProxy.address() as AddressInfo).port };
  const made = { ...fixture, kubeProxy, connections: () => connections };
  stages.push(made);
  return made;
}

type Running = { readonly stop: AbortController; readonly ended: Promise<void> };

function start({ connection, log }: Stage): Running {
  const stop = new AbortController();
  return { stop, ended: migrationOperator({ connection, clock: systemClock, log }).run(stop.signal) };
}

describe('the operator', () => {
  it('asks nobody while there is no migration', async () => {
    const here = await stage();
    const { stop, ended } = start(here);
    await until(() => here.server.watches.size === 3);
    expect(here.connections()).toBe(0);
    stop.abort();
    await ended;
  });

  it.each<[string, (here: Stage, running: Running) => void, RegExp | undefined]>([
    ['is told to', (_here, { stop }) => stop.abort(), undefined],
    ['loses its connection', ({ connection }) => connection.destroy(), /connection .* was destroyed/],
  ])('asks nobody any more once it has ended because it %s', async (_, end, error) => {
    const here = await stage();
    here.server.objects.put(MIGRATION, DIRECT);
    const running = start(here);
    await until(() => here.connections() === 1);
    end(here, running);
    if (error === undefined) await expect(running.ended).resolves.toBeUndefined();
    else await expect(running.ended).rejects.toThrow(error);
    await until(() => here.connections() === 0);
    expect(here.complaints()).toEqual([]);
  });

  it('asks nobody any more for a migration that is gone', async () => {
    const here = await stage();
    here.server.objects.put(MIGRATION, DIRECT);
    const { stop, ended } = start(here);
    await until(() => here.connections() === 1);
    here.server.objects.remove(MIGRATION);
    await until(() => here.connections() === 0);
    expect(here.complaints()).toEqual([]);
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});
