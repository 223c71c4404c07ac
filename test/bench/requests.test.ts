import { expect, it } from 'vitest';
import type { LoggedRequest } from '../../src/simulator/apiserver/request-log.ts';
import { byKind, laterLists, slotTimes } from './requests.ts';

function request(verb: LoggedRequest['verb'], resource: string, subresource?: string): LoggedRequest {
  const rest = {
    method: '',
    path: '',
    group: '',
    namespace: undefined,
    name: undefined,
    user: '',
    userAgent: '',
    at: 0,
    status: 200,
  };
  return { verb, resource, subresource, ...rest };
}

it('counts by verb and resource, the commonest first', () => {
  const requests = [
    request('list', 'nodes'),
    request('patch', 'nodemigrations', 'status'),
    request('patch', 'nodemigrations', 'status'),
  ];
  expect(byKind(requests)).toEqual([
    ['patch nodemigrations/status', 2],
    ['list nodes', 1],
  ]);
});

it('a list is one too many once pods are being replaced', () => {
  const start = [request('list', 'nodes'), request('list', 'pods'), request('watch', 'pods')];
  expect(laterLists(start)).toBe(0);
  expect(laterLists([...start, request('delete', 'pods')])).toBe(0);
  expect(laterLists([...start, request('delete', 'pods'), request('list', 'nodes'), request('watch', 'nodes')])).toBe(
    1,
  );
});

it.each<[string, number, number[], number[], number[]]>([
  ['one node at a time', 1, [100, 200, 300], [10, 105, 220], [5, 20]],
  ['two at a time', 2, [100, 110, 200], [10, 11, 103, 140], [3, 30]],
  ['as they were told, in any order', 1, [200, 100], [105, 10, 220], [5, 20]],
  ['no time where a pod was deleted before', 1, [100], [10, 90], [0]],
  ['nothing before the first node is verified', 3, [], [1, 2, 3], []],
])('a freed slot waits: %s', (_what, slots, verified, deleted, expected) => {
  expect(slotTimes(verified, deleted, slots)).toEqual(expected);
});
