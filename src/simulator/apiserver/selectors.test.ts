import { describe, expect, test } from 'vitest';
import { LEASES, NODES, PODS } from '../types.ts';
import { builtinOf, type Builtin } from './builtins.ts';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

describe('label selectors', () => {
  const labels = { app: 'kube-proxy', tier: 'node', 'node-role.kubernetes.io/control-plane': '' };
  test.each([
    ['', true],
    ['app=kube-proxy', true],
    ['app==kube-proxy,tier=node', true],
    ['app=other', false],
    ['app!=other', true],
    ['missing!=x', true],
    ['app in (a, kube-proxy)', true],
    ['app in (a,b),tier', false],
    ['app notin (a,b)', true],
    ['missing notin (a)', true],
    ['tier', true],
    ['!tier', false],
    ['!missing', true],
    ['node-role.kubernetes.io/control-plane', true],
    ['node-role.kubernetes.io/control-plane=', true],
    ['constructor', false],
  ])('%j selects: %s', (text, expected) => {
    expect(parseLabelSelector(text)(labels)).toBe(expected);
  });

  test.each(['a b', 'a in x', '=x', 'a=(b)'])('%j does not parse', (text) => {
    expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement');
  });
});

describe('field selectors', () => {
  const pod = { metadata: { name: 'a', namespace: 'ns' }, spec: { nodeName: 'n1', hostNetwork: true }, status: {} };
  const pods = builtinOf(PODS) as Builtin;
  test.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name=a,spec.nodeName==n1', true],
    ['spec.nodeName!=n1', false],
    ['spec.hostNetwork=true', true],
    ['status.phase=', true],
    ['status.phase!=Running', true],
  ])('%j selects: %s', (text, expected) => {
    expect(parseFieldSelector(text, pods).matches(pod)).toBe(expected);
  });

  test('the name they pin is known, for lists of one object', () => {
    expect(parseFieldSelector('metadata.name=a', pods).name).toBe('a');
    expect(parseFieldSelector('metadata.name!=a', pods).name).toBeUndefined();
  });

  test.each([
    ['nodes', NODES, 'spec.foo=x', 'field label not supported: spec.foo'],
    [
      'leases',
      LEASES,
      'spec.foo=x',
      '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['pods', PODS, 'rubbish', "invalid selector: 'rubbish'"],
  ])('%s refuse what they do not support', (_, resource, text, message) => {
    expect(() => parseFieldSelector(text, builtinOf(resource) as Builtin)).toThrow(message);
  });
});
