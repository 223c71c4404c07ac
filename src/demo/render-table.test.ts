import { expect, it } from 'vitest';
import { renderTable } from './render-table.ts';

const columnDefinitions = [
  { name: 'Name' },
  { name: 'Phase' },
  { name: 'Reason', priority: 1 },
  { name: 'Message' },
  { name: 'Age' },
];

it('prints a table as kubectl does, without the wide columns', () => {
  const rows = [
    { cells: ['to-nftables', 'Succeeded', 'Succeeded', 'all\nof them', '41s'] },
    { cells: ['b', null, null, null, '3s'] },
  ];
  expect(renderTable({ columnDefinitions, rows })).toEqual([
    'NAME          PHASE       MESSAGE       AGE',
    'to-nftables   Succeeded   all of them   41s',
    'b                                       3s',
  ]);
});

it('an empty table has its headers', () => {
  expect(renderTable({ columnDefinitions, rows: null })).toEqual(['NAME   PHASE   MESSAGE   AGE']);
});
