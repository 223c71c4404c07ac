import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { painted, unpainted } from '../terminal/paint.ts';
import { renderFrame } from './render-frame.ts';
import type { NodeView } from '../terminal/node-view.ts';
import type { EventView, View } from './view.ts';

const zones = ['zone-a', 'zone-b', 'zone-c'];

function node(name: string, index: number, change: Partial<NodeView> = {}): NodeView {
  return { name, zone: zones[index % 3] ?? '', phase: 'Pending', mode: 'iptables', dark: false, ...change };
}

const workers = [
  node('worker-1', 0, { phase: 'Switched', mode: 'nftables' }),
  node('worker-2', 1, { phase: 'Switched', mode: 'nftables' }),
  node('worker-3', 2, { phase: 'Restoring', mode: undefined, dark: true }),
  ...[4, 5, 6, 7, 8, 9].map((number, index) => node(`worker-${number}`, index)),
];

const event: EventView = {
  at: 61_000,
  about: 'worker-2',
  bad: false,
  phase: 'Switching',
  reason: 'Switching',
  note: 'worker-2: replacing pod kube-proxy-x7k2p',
};

const view: View = {
  cluster: '12 simulated nodes, Kubernetes v1.36.3, 300 Services',
  elapsed: 67_400,
  story: 'Act 1 of 2: one node cannot follow.',
  command: 'kubectl apply -f to-nftables.yaml',
  nodes: [...workers, node('control-1', 0), node('control-2', 1), node('control-3', 2)],
  phase: 'RollingBack',
  message:
    'node worker-3 did not switch: kube-proxy ended with exit code 1: unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: "nft": executable file not found in $PATH; giving it iptables back',
  events: [
    event,
    {
      ...event,
      at: 63_900,
      reason: 'Switched',
      note: 'worker-2: runs nftables, read 3 times from pod kube-proxy-9hcwl',
    },
    {
      ...event,
      at: 66_000,
      about: 'worker-3',
      bad: true,
      reason: 'CrashLooping',
      note: 'worker-3: kube-proxy ended with exit code 1',
    },
  ],
};

const FILLED = `
 Proxymode demo   12 simulated nodes, Kubernetes v1.36.3, 300 Services     1:07

 Act 1 of 2: one node cannot follow.

 $ kubectl apply -f to-nftables.yaml

 zone-a                    zone-b                    zone-c
 ✓ worker-1  nftables      ✓ worker-2  nftables      ~ worker-3  no Services
 · worker-4  iptables      · worker-5  iptables      · worker-6  iptables
 · worker-7  iptables      · worker-8  iptables      · worker-9  iptables
 · control-1 iptables      · control-2 iptables      · control-3 iptables
 · waits   ~ in transit   ✓ switched   ✗ did not switch   < taken back

 ████████▒▒▒▒░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  2 of 12 switched  RollingBack
 node worker-3 did not switch: kube-proxy ended with exit code 1: unable to
 create proxier: unable to create ipv4 proxier: could not find nftables binary:
 exec: "nft": executable file not found in $PATH; giving it iptables back

 1:01  worker-2    Switching     replacing pod kube-proxy-x7k2p
 1:03  worker-2    Switched      runs nftables, read 3 times from pod kube-pro…
 1:06  worker-3    CrashLooping  kube-proxy ended with exit code 1

`;

function text(lines: readonly string[]): string {
  return `\n${lines.map((line) => `${line.trimEnd()}\n`).join('')}`;
}

it('fills a terminal of 80 by 24', () => {
  expect(text(renderFrame(view, { columns: 80, rows: 24 }, unpainted))).toBe(`${FILLED}\n`);
});

it('leaves out the oldest events where lines are few', () => {
  const many = Array.from({ length: 9 }, (_, index) => ({ ...event, at: index * 1000 }));
  const lines = renderFrame({ ...view, events: many }, { columns: 80, rows: 22 }, unpainted);
  expect(lines).toHaveLength(21);
  expect(lines.slice(-4).map((line) => line.slice(0, 16))).toEqual([
    '',
    ' 0:06  worker-2 ',
    ' 0:07  worker-2 ',
    ' 0:08  worker-2 ',
  ]);
});

it.each([72, 80, 100, 200])('no line is wider than %i columns, painted or not', (columns) => {
  const screen = { columns, rows: 24 };
  const lines = renderFrame(view, screen, painted).map(stripVTControlCharacters);
  expect(lines).toEqual(renderFrame(view, screen, unpainted));
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
});

it('is as high before anything has happened as at the end', () => {
  const empty = { ...view, message: '', phase: '', events: [], nodes: [] };
  expect(renderFrame(empty, { columns: 80, rows: 24 }, unpainted)).toHaveLength(23);
});
