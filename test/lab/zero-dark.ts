// How many connections a migration of the lab costs, with a bridge and without: node test/lab/zero-dark.ts --services 50 --bridge Auto
// --modes nftables,iptables. On each node a new connection every 5 ms from the node to a ClusterIP, from the node to a node port,
// and from a pod to the ClusterIP, from before the migration until after it. --kills MS ends the operator with SIGKILL while a bridge
// stands, again and again, each time after at most so many milliseconds.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { apply, phase, records } from '../scenarios/actions.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';
import { startProbe, type Probe, type ProbeReport } from './probe.ts';
import { placeOf } from './place.ts';
import { startKiller } from './zero-dark-killer.ts';

const CLUSTER_IP = '10.96.100.100:80';
const NODE_PORT = 30_080;
const EVERY = 5;
/** The lab's own: kubernetes and echo. */
const OWN_SERVICES = 2;
const ENDS = ['Succeeded', 'RolledBack', 'Failed'];
/** For a connection that still waits for its next SYN. */
const AFTERWARDS = 3000;

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '50' },
    bridge: { type: 'string', default: 'Auto' },
    modes: { type: 'string', default: 'nftables,iptables' },
    kills: { type: 'string' },
  },
});

type Watched = { readonly what: string; readonly probe: Probe };

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/** All of them lead to the echo pods. */
async function makeServices(lab: Lab, wanted: number): Promise<void> {
  const names = await lab.kubectl('get', 'services', '-l', 'zero-dark=1', '-o', 'name');
  if (names.split('\n').filter(Boolean).length === wanted) return;
  await lab.kubectl('delete', 'services', '-l', 'zero-dark=1');
  const items = Array.from({ length: wanted }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `zero-dark-${index}`, namespace: 'default', labels: { 'zero-dark': '1' } },
    spec: { selector: { app: 'echo' }, ports: [{ port: 80, targetPort: 8080 }] },
  }));
  if (items.length === 0) return;
  const file = join(lab.state, 'zero-dark.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await lab.kubectl('create', '-f', file);
  rmSync(file);
}

async function startProbes(lab: Lab): Promise<Watched[]> {
  const place = placeOf('nodes');
  const watched: Watched[] = [];
  for (const node of lab.nodes) {
    const { stdout } = await lab.exec(node, ['ip', 'netns', 'list']);
    const pod = /^cni-\S+/m.exec(stdout)?.[0];
    if (pod === undefined) throw new Error(`no pod on ${node} has a network of its own`);
    const nodePort = `10.250.0.1${node.slice(1)}:${NODE_PORT}`;
    const from = (what: string, target: string, inside: readonly string[] = []): Promise<number> =>
      startProbe(place, node, { target, intervalMs: EVERY, inside }).then((probe) =>
        watched.push({ what: `${node}, ${what}`, probe }),
      );
    await from('node to ClusterIP', CLUSTER_IP);
    await from('node to NodePort', nodePort);
    await from('pod to ClusterIP', CLUSTER_IP, ['ip', 'netns', 'exec', pod]);
  }
  return watched;
}

async function migrate(lab: Lab, stage: LabStage, mode: string): Promise<void> {
  const watched = await startProbes(lab);
  const name = `zero-dark-to-${mode}-${stage.clock.now()}`;
  const rollout = { bridge: values.bridge };
  await apply(stage, name, { mode, rollout } as Parameters<typeof apply>[2]);
  const { message = '' } = await phase(stage, name, ENDS);
  await sleep(AFTERWARDS);
  const reports: ProbeReport[] = [];
  for (const { what, probe } of watched) {
    const report = await probe.stop();
    reports.push(report);
    say(
      `  ${what}: ${report.failed} of ${report.total} failed ${JSON.stringify(report.kinds)}, over ${report.failSpanMs} ms`,
    );
  }
  const sum = (of: (report: ProbeReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  say(`  ${message}`);
  for (const [node, { bridge }] of await records(stage, name)) say(`  bridge of ${node}: ${JSON.stringify(bridge)}`);
  for (const node of lab.nodes) {
    const { stdout } = await lab.exec(node, ['nft', 'list', 'tables']);
    if (stdout.includes('proxymode')) say(`  LEFT on ${node}: ${stdout}`);
  }
  const failed = `${sum((report) => report.failed)} of ${sum((report) => report.total)} connections failed`;
  say(`${values.services} Services, bridge ${values.bridge}, to ${mode}: ${failed}`);
}

const lab = await labUp();
const stage = await labStage(lab);
try {
  await makeServices(lab, Math.max(0, Number(values.services) - OWN_SERVICES));
  const killer = startKiller(stage, values.kills === undefined ? undefined : Number(values.kills));
  for (const mode of values.modes.split(',')) await migrate(lab, stage, mode);
  say(`the operator was killed ${await killer.stop()} times`);
} finally {
  await stage.close();
}
