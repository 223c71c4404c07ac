import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../types.ts';
import { collectionPath, on } from './paths.ts';

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

/** The path of a pod; undefined when it is refused. */
function pathOf(namespace: string, name: string): string | undefined {
  try {
    return on(PODS, { namespace, name }, 'log').path;
  } catch (error) {
    expect(error).toMatchObject({ message: expect.stringContaining('nothing was sent') });
    return undefined;
  }
}

function isRefused(text: string): boolean {
  return ['', '.', '..'].includes(text) || /[/%]/.test(text) || !text.isWellFormed();
}

describe('the path of an object', () => {
  it('names group, version, namespace, object and subresource', () => {
    const widgets = { ...PODS, group: 'example.dev', plural: 'widgets' };
    expect(on(widgets, { namespace: 'a', name: 'b' }, 'status').path).toBe(
      '/apis/example.dev/v1/namespaces/a/widgets/b/status',
    );
    expect(on(NODES, { name: 'n' }).path).toBe('/api/v1/nodes/n');
    expect(collectionPath(PODS)).toBe('/api/v1/pods');
  });

  it.each(['', '.', '..', 'a/b', '/', '%2e%2e', 'a%', '\ud800'])('refuses the name %j', (name) => {
    expect(() => on(NODES, { name })).toThrow(/cannot be the name of a Node: nothing was sent/);
    expect(() => collectionPath(PODS, name)).toThrow(/cannot be the name of a namespace: nothing was sent/);
  });

  it('keeps what RBAC names may hold', () => {
    expect(on(NODES, { name: 'system:kube-proxy' }).path).toBe('/api/v1/nodes/system%3Akube-proxy');
  });

  it('leads to the named object and nowhere else, whatever the name', () => {
    const odd = fc.constantFrom(
      '',
      '.',
      '..',
      '...',
      '/',
      '%',
      '?',
      '#',
      '\\',
      ';',
      ' ',
      '\n',
      '%2f',
      '@',
      ':',
      'ä',
      'a',
    );
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(odd, { maxLength: 4 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (namespace, name) => {
        const path = pathOf(namespace, name);
        expect(path === undefined).toBe(isRefused(namespace) || isRefused(name));
        if (path === undefined) return;
        // As a server, or a proxy on the way, reads it: nothing folds away, and query and fragment stay empty.
        const url = new URL(path, 'http://localhost');
        expect([url.pathname, url.search, url.hash]).toEqual([path, '', '']);
        const segments = path.split('/').map(decodeURIComponent);
        expect(segments).toEqual(['', 'api', 'v1', 'namespaces', namespace, 'pods', name, 'log']);
      }),
      { numRuns: 1000 },
    );
  });
});
