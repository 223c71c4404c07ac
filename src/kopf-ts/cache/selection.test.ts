import { describe, expect, it } from 'vitest';
import { isSelected } from './selection.ts';

const pod = {
  metadata: { name: 'a', namespace: 'kube-system', labels: { app: 'proxy', tier: 'node' } },
  spec: { nodeName: 'n1' },
  status: {},
};

describe('isSelected', () => {
  it.each([
    ['', true],
    ['app=proxy', true],
    ['app==proxy,tier=node', true],
    ['app=other', false],
    ['app!=other', true],
    ['zone!=a', true],
    ['app', true],
    ['!app', false],
    ['!zone', true],
    ['app in (proxy, dns)', true],
    ['app in (dns),tier', false],
    ['app notin (dns)', true],
    ['zone notin (a,b),app', true],
    ['app notin (dns,proxy)', false],
  ])('label selector %j: %s', (labelSelector, expected) => {
    expect(isSelected(pod, { labelSelector })).toBe(expected);
  });

  it.each([
    ['spec.nodeName=n1', true],
    ['spec.nodeName=n2', false],
    ['spec.nodeName!=n2,metadata.name=a', true],
    ['status.phase=', true],
    ['status.phase!=Running', true],
    ['status.phase=Running', false],
  ])('field selector %j: %s', (fieldSelector, expected) => {
    expect(isSelected(pod, { fieldSelector })).toBe(expected);
  });

  it('keeps to the namespace', () => {
    expect(isSelected(pod, { namespace: 'kube-system' })).toBe(true);
    expect(isSelected(pod, { namespace: 'default' })).toBe(false);
  });
});
