import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeGrid } from './node-grid.ts';
import type { NodeView } from './node-view.ts';
import { painted, unpainted } from './paint.ts';

function nodes(count: number, zones: number, switched: number): readonly NodeView[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    zone: `zone-${index % zones}`,
    phase: index < switched ? 'Switched' : index === switched ? 'Verifying' : 'Pending',
    mode: index < switched ? 'nftables' : 'iptables',
  }));
}

const lines = (of: readonly NodeView[], width: number, height: number): readonly string[] =>
  nodeGrid(of, { width, height }, unpainted).map((line) => line.trimEnd());

describe('the grid of nodes', () => {
  it('names nodes, one column a zone', () => {
    expect(lines(nodes(4, 2, 1), 60, 20)).toEqual([
      'zone-0                        zone-1',
      '✓ node-0 nftables             ~ node-1 verifying',
      '· node-2 iptables             · node-3 iptables',
    ]);
  });

  it('puts zones below each other where they are too many for the width', () => {
    expect(lines(nodes(3, 3, 0), 45, 20)).toEqual([
      'zone-0                zone-1',
      '~ node-0 verifying    · node-1 iptables',
      'zone-2',
      '· node-2 iptables',
    ]);
  });

  it('says nothing of zones where there are none', () => {
    expect(lines([{ name: 'n1', zone: '', phase: undefined, mode: undefined }], 40, 20)).toEqual(['· n1 not read']);
  });

  it('does not count a node as silent whose answer is not written down yet', () => {
    const unread = nodes(60, 1, 0).map((node) => ({ ...node, phase: undefined, mode: undefined }));
    expect(lines(unread, 80, 4)[0]).toBe('zone-0  60 nodes: 60 not read');
  });

  it('leaves room for the mode beside the names clouds give, and tells them apart', () => {
    const cloud = Array.from({ length: 3 }, (_, index) => ({
      name: `ip-10-0-${index + 1}-7.eu-west-1.compute.internal`,
      zone: `eu-west-1${'abc'[index]}`,
      phase: 'Pending' as const,
      mode: 'iptables',
    }));
    expect(lines(cloud, 80, 20)).toEqual([
      'eu-west-1a                eu-west-1b                eu-west-1c',
      '· ip-10-0-1-7 iptables    · ip-10-0-2-7 iptables    · ip-10-0-3-7 iptables',
    ]);
  });

  it('names no zone where none is known', () => {
    const nowhere = nodes(60, 1, 0).map((node) => ({ ...node, zone: '' }));
    expect(lines(nowhere, 80, 4)[0]).toBe('60 nodes: 60 iptables, 1 in transit');
    expect(lines(nowhere, 80, 1)).toEqual(['60 nodes: 60 iptables, 1 in transit']);
  });

  it('is one mark a node where names do not fit', () => {
    expect(lines(nodes(100, 2, 30), 40, 20)).toEqual([
      'zone-0  50 nodes: 35 iptables, 15 nftables, 1 in transit',
      `${'✓'.repeat(15)}~${'·'.repeat(24)}`,
      '·'.repeat(10),
      'zone-1  50 nodes: 35 iptables, 15 nftables',
      `${'✓'.repeat(15)}${'·'.repeat(25)}`,
      '·'.repeat(10),
    ]);
  });

  it('counts where even marks do not fit', () => {
    expect(lines(nodes(5000, 3, 2500), 80, 10)).toEqual([
      'zone-0                    1667 nodes: 834 nftables, 833 iptables',
      'zone-1                    1667 nodes: 834 iptables, 833 nftables, 1 in transit',
      'zone-2                    1666 nodes: 833 nftables, 833 iptables',
    ]);
  });

  it('keeps to its height, and to its width where it draws nodes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 6, max: 40 }),
        (count, zones, width, height) => {
          const drawn = nodeGrid(nodes(count, zones, 7), { width, height }, painted).map(stripVTControlCharacters);
          expect(drawn.length).toBeLessThanOrEqual(height);
          for (const line of drawn) expect(line.length).toBeLessThanOrEqual(Math.max(width, 75));
        },
      ),
    );
  });
});
