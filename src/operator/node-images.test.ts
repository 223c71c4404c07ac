import { describe, expect, it } from 'vitest';
import type { NodeFacts, PodFacts } from '../rollout/observed.ts';
import { NodeImages } from './node-images.ts';
import { pod, WHERE } from './testing/facts.ts';

const names = ['n1', 'n2'];
const nodes = names.map((name) => ({ name }) as NodeFacts);

function seen(images: NodeImages, pods: readonly PodFacts[], template = 'template', on = nodes): unknown[] {
  const kubeProxy = { ...WHERE, image: template };
  images.see({ kubeProxy, nodes: on, pods: new Map(pods.map((one) => [one.node, one])) });
  return names.map((name) => images.of(name));
}

describe('the image of a helper pod', () => {
  it('is that of the node’s own kube-proxy, and that of the template where nothing else is known', () => {
    const images = new NodeImages();
    expect(images.of('n1')).toBeUndefined();
    expect(seen(images, [pod('n1', { image: 'own' }), pod('n2')])).toEqual(['own', 'template']);
    expect(seen(new NodeImages(), [], '')).toEqual([undefined, undefined]);
  });

  it('stays while the kube-proxy is being replaced, until the next one runs', () => {
    const images = new NodeImages();
    seen(images, [pod('n1', { image: 'own' })]);
    expect(seen(images, [], 'newer')).toEqual(['own', 'newer']);
    expect(seen(images, [pod('n1', { running: false })], 'newer')).toEqual(['own', 'newer']);
    expect(seen(images, [pod('n1', { image: 'newer' })], 'newer')).toEqual(['newer', 'newer']);
  });

  it('is forgotten with the node', () => {
    const images = new NodeImages();
    seen(images, [pod('n1', { image: 'own' })]);
    seen(images, [], 'template', []);
    expect(seen(images, [])).toEqual(['template', 'template']);
  });
});
