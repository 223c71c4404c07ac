import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { painted, unpainted } from './paint.ts';
import { renderFrame } from './render-frame.ts';
import type { NodeView, View } from './view.ts';

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
    {
      at: 61_000,
      about: 'worker-2',
      bad: false,
      phase: '',
      reason: 'Switching',
      note: 'worker-2: replacing pod kube-proxy-x7k2p',
    },
    {
      at: 63_900,
      about: 'worker-2',
      bad: false,
      phase: '',
      reason: 'Switched',
      note: 'worker-2: runs nftables, read 3 times from pod kube-proxy-9hcwl',
    },
    {
      at: 66_000,
      about: 'worker-3',
      bad: true,
      phase: '',
      reason: 'CrashLooping',
      note: 'worker-3: kube-proxy ended with exit code 1',
    },
  ],
};

it('fills a terminal of 80 by 24', () => {
  const lines = renderFrame(view, { columns: 80, rows: 24 }, unpainted).map((line) => line.trimEnd());
  expect(lines).toEqual(['X']);
});

it('leaves out the oldest events where lines are few', () => {
  const lines = renderFrame(view, { columns: 80, rows: 22 }, unpainted);
  expect(lines).toHaveLength(21);
  expect(lines.slice(-3).map((line) => line.slice(0, 30))).toEqual(
    ['', ' 1:03  worker-2    Switched    ', ' 1:06  worker-3    CrashLooping'].map((line) => line.slice(0, 30)),
  );
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
