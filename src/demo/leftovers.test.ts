import { expect, it } from 'vitest';
import { NODE_MIGRATIONS } from '../api/kinds.ts';
import { createStore } from '../simulator/apiserver/store.ts';
import { CONFIG_MAPS, NODES, type Store } from '../simulator/types.ts';
import { inventory, leftovers } from './leftovers.ts';

const clock = { now: () => 0, sleep: () => Promise.resolve() };
const kubeProxy = { namespace: 'kube-system', name: 'kube-proxy' };

function cluster(): Store {
  const store = createStore({ clock });
  store.create(NODES, { metadata: { name: 'n1' } });
  writeConfig(store, 'bindAddress: 0.0.0.0\nmode: iptables\n');
  return store;
}

function writeConfig(store: Store, text: string): void {
  const data = { data: { 'config.conf': text } };
  if (store.get(CONFIG_MAPS, kubeProxy) === undefined) store.create(CONFIG_MAPS, { metadata: kubeProxy, ...data });
  else store.update(CONFIG_MAPS, kubeProxy, (object) => ({ ...object, ...data }));
}

it('a cluster in which nothing happened has nothing left behind', () => {
  const before = inventory(cluster());
  expect(leftovers(before, before)).toEqual({ objects: [], finalizers: [], changedLines: 0 });
});

it('finds new objects, new finalizers and changed lines', () => {
  const store = cluster();
  const before = inventory(store);
  store.create(NODE_MIGRATIONS, { metadata: { name: 'm.n1' } });
  store.update(NODES, { name: 'n1' }, (node) => ({
    ...node,
    metadata: { ...node.metadata, finalizers: ['example.org/x'] },
  }));
  writeConfig(store, 'bindAddress: 0.0.0.0\nmode: nftables\n');
  expect(leftovers(before, inventory(store))).toEqual({
    objects: ['NodeMigration m.n1'],
    finalizers: ['Node n1'],
    changedLines: 1,
  });
});
