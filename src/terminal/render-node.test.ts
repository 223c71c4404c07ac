import { expect, it } from 'vitest';
import { unpainted, type Paint } from './paint.ts';
import { renderNode } from './render-node.ts';
import type { NodeView } from './node-view.ts';

const node: NodeView = { name: 'worker-1', zone: 'a', phase: undefined, mode: 'iptables', dark: false };

it.each<[string, Partial<NodeView>, string]>([
  ['waits', {}, '· worker-1 iptables       '],
  ['waits for its turn', { phase: 'Pending' }, '· worker-1 iptables       '],
  ['nobody has read yet', { phase: 'Pending', mode: undefined }, '· worker-1 not read       '],
  ['is being switched', { phase: 'Switching' }, '~ worker-1 switching      '],
  ['is verified', { phase: 'Verifying' }, '~ worker-1 verifying      '],
  ['has switched', { phase: 'Switched', mode: 'nftables' }, '✓ worker-1 nftables       '],
  ['did not switch', { phase: 'Failed' }, '✗ worker-1 iptables       '],
  ['was taken back', { phase: 'RolledBack' }, '< worker-1 iptables       '],
  ['does not answer', { phase: 'Stranded', mode: undefined }, '✗ worker-1 no answer      '],
  ['has no Services', { phase: 'Switching', dark: true }, '~ worker-1 no Services    '],
  ['has a name that fills the column', { name: 'a-worker-with-a-name' }, '· a-worker-with-a-name i… '],
])('a node that %s', (_what, change, expected) => {
  expect(renderNode({ ...node, ...change }, { width: 26, names: change.name?.length ?? 8 }, unpainted)).toBe(expected);
});

it('a node without Services is painted as trouble, whatever its phase', () => {
  const tags: Paint = (style, text) => `<${style}>${text.trimEnd()}`;
  expect(renderNode({ ...node, phase: 'Restoring', dark: true }, { width: 26, names: 8 }, tags)).toBe(
    '<busy>~ worker-1 <bad>no Services',
  );
});
