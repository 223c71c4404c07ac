// What a person with nothing but kubectl sees and does.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { everywhere, modes } from '../cluster.ts';
import type { Scenario, Stage } from '../stage.ts';

export const KUBECTL: readonly Scenario[] = [
  {
    title: 'kubectl is enough: apply, wait, get, describe, events and explain tell the story',
    needsKubectl: true,
    play: kubectlIsEnough,
  },
];

const MANIFEST = `
apiVersion: proxymode.dev/v1alpha1
kind: ProxyModeMigration
metadata:
  name: by-hand
spec:
  mode: nftables
`;

async function kubectlIsEnough(stage: Stage): Promise<void> {
  const { kubectl } = stage;
  if (kubectl === undefined) throw new Error('this scenario needs kubectl');
  await stage.startOperator();
  await applyFile(kubectl, MANIFEST);
  await kubectl('wait', '--for=condition=Ready', 'pmm/by-hand', '--timeout=300s');
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));

  const [header = '', row = ''] = (await kubectl('get', 'pmm')).split('\n');
  expect(header.split(/ {2,}/)).toEqual(expect.arrayContaining(['NAME', 'TARGET', 'PHASE', 'SWITCHED', 'FAILED']));
  expect(row).toMatch(/^by-hand +nftables +Succeeded +3\/3 .*3 of 3 node\(s\) run nftables, verified/);
  const nodes = await kubectl('get', 'nmig');
  for (const node of stage.nodes) expect(nodes).toMatch(new RegExp(`^by-hand\\.${node} .* Switched +nftables `, 'm'));
  expect(await kubectl('get', 'proxymode', '-o', 'name')).toContain('nodemigration.proxymode.dev/by-hand.n1');

  let story = '';
  const told = async (): Promise<boolean> => {
    story = await kubectl('describe', 'pmm/by-hand');
    // describe asks for core/v1 events, which the simulator does not serve.
    return stage.kind === 'simulator' || / Succeeded .* proxymode +3 of 3 node\(s\) run nftables, verified/.test(story);
  };
  await stage.until('the last event to be told', told);
  expect(story).toMatch(/Type: +Ready/);
  // By UID: events outlive a namesake of an earlier run.
  const uid = await kubectl('get', 'nmig/by-hand.n2', '-o', 'jsonpath={.metadata.uid}');
  const shape = 'jsonpath={range .items[*]}{.regarding.uid} {.reason}{"\\n"}{end}';
  const events = await kubectl('get', 'events.events.k8s.io', '--sort-by=.eventTime', '-o', shape);
  const ofN2 = events.split('\n').filter((line) => line.startsWith(uid));
  expect(ofN2).toEqual([`${uid} Switching`, `${uid} Switched`]);

  const help = await kubectl('explain', 'pmm.spec.rollout.maxUnavailable');
  expect(help.replaceAll(/\s+/g, ' ')).toContain('How many selected nodes may be in transit at once');
  // CEL rules are the real server's: the simulator evaluates none.
  if (stage.kind === 'lab')
    await expect(applyFile(kubectl, MANIFEST.replace('nftables', 'iptables'))).rejects.toThrow(
      /spec\.mode cannot change once the migration has started/,
    );
  stage.say(await kubectl('get', 'events'));
}

async function applyFile(kubectl: NonNullable<Stage['kubectl']>, text: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'proxymode-apply-'));
  try {
    const file = join(folder, 'migration.yaml');
    await writeFile(file, text);
    await kubectl('apply', '-f', file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
