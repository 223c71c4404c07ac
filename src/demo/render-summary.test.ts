import { expect, it } from 'vitest';
import { unpainted } from '../terminal/paint.ts';
import { renderSummary } from './render-summary.ts';
import type { Tally } from './tally.ts';

const tally: Tally = {
  nodes: 12,
  switched: 12,
  unfit: { node: 'worker-3', away: 2560, lastWords: 'could not find nftables binary' },
  takenBack: ['worker-2', 'worker-1'],
  dark: [700, 640, 1780],
  requests: 352,
  podsReplaced: 18,
};
const nothing = { objects: [], finalizers: [], changedLines: 1 };

it('sums up in lines of at most 80 columns', () => {
  expect(renderSummary(tally, nothing, 80, unpainted)).toEqual([
    'switched     12 of 12 nodes: kube-proxy answers the new mode and the kernel has',
    '             its rules',
    'given back   worker-3, 2.6 s after its pod was replaced: could not find nftables',
    '             binary',
    'taken back   worker-2, then worker-1, because worker-3 could not follow',
    'no Services  0.6 s at least, 0.7 s median, 1.8 s at most for a node: kube-proxy',
    "             deletes the old mode's rules before it writes the new ones, and new",
    '             connections to Services fail in between',
    'API requests 352 by the operator, 19.6 for each of 18 kube-proxies replaced',
    'left behind  nothing, but for the one line of the ConfigMap that says the mode',
  ]);
});

it('names what was left behind', () => {
  const left = {
    objects: ['NodeMigration to-nftables.worker-1'],
    finalizers: ['ConfigMap kube-system/kube-proxy'],
    changedLines: 3,
  };
  expect(renderSummary(tally, left, Infinity, unpainted).slice(-2)).toEqual([
    'left behind  NodeMigration to-nftables.worker-1, finalizers on ConfigMap kube-system/kube-proxy, and',
    '             3 changed lines in the ConfigMap',
  ]);
});

it('a cluster that never lost its Services says so', () => {
  const lines = renderSummary({ ...tally, dark: [], takenBack: [] }, nothing, 80, unpainted);
  expect(lines).toContain('no Services  never');
  expect(lines).toContain('taken back   none');
});
