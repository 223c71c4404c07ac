// Carries a plan out, in the one order that survives a crash between any two requests: first what is intended is stored
// (finalizer, status, records), then it is done (ConfigMap, pods). Every effect is conditional on what was observed, so
// that repeating it, or doing it on stale facts, changes nothing.
import { ApiError, ensureFinalizer, releaseFinalizer } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS } from '../api/kinds.ts';
import { API_VERSION, FINALIZER, LABEL_MIGRATION } from '../api/names.ts';
import type { Located } from '../kubeproxy/locate.ts';
import type { ConfigMapEdit, Plan, RecordWrite } from '../rollout/decision.ts';
import type { PodFacts } from '../rollout/observed.ts';
import type { Hands } from './hands.ts';
import { inParallel } from './in-parallel.ts';
import { writeRecord } from './record.ts';
import { CONFIG_MAPS, PODS } from './resources.ts';
import { NOT_MADE_YET } from './unit-intent.ts';

const AT_ONCE = 16;

/**
 * Resolves with the time (ms) after which there is more to do, if there is: a held-back status write, or, after the
 * finalizer has made a new version of the object, everything else.
 */
export async function perform(plan: Plan, hands: Hands): Promise<number | undefined> {
  const { client, migration } = hands;
  const over = plan.status.finishedAt !== undefined;
  if (plan.finalizer === 'hold') {
    await ensureFinalizer(client, PROXY_MODE_MIGRATIONS, migration, FINALIZER);
    return 0;
  }
  // A status that says what is intended comes before the effects; one that says that all is over comes after the records.
  const heldBefore = over ? undefined : await hands.report(plan);
  // Without an edit in between, each pod is replaced as soon as its own record is stored: nodes do not wait for each other.
  const due = plan.edit === undefined ? plan.deletePods : [];
  const refused = await writeRecords(plan.records, due, hands);
  // Pods are replaced under the ConfigMap this plan was made for, or not at all.
  if (await editConfigMap(plan.edit, hands)) {
    const recorded = new Set(due.length === 0 ? [] : plan.records.map(({ node }) => node));
    const rest = plan.deletePods.filter(({ node }) => !refused.has(node) && !recorded.has(node));
    await inParallel(rest, AT_ONCE, (pod) => deletePod(pod, hands));
  }
  for (const error of refused.values()) throw error;
  const heldAfter = over ? await hands.report(plan) : undefined;
  if (plan.finalizer === 'release') await releaseFinalizer(client, PROXY_MODE_MIGRATIONS, migration, FINALIZER);
  return heldBefore ?? heldAfter;
}

/**
 * A record the API server finds invalid must not keep the other nodes from theirs, nor the ConfigMap from its old mode:
 * only that node's pod is left alone.
 */
async function writeRecords(
  records: readonly RecordWrite[],
  due: readonly PodFacts[],
  hands: Hands,
): Promise<ReadonlyMap<string, ApiError>> {
  const pods = new Map(due.map((pod) => [pod.node, pod]));
  const refused = new Map<string, ApiError>();
  const write = async (record: RecordWrite): Promise<void> => {
    try {
      await writeRecord(record, hands);
      const pod = pods.get(record.node);
      if (pod !== undefined) await deletePod(pod, hands);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 422)) throw error;
      refused.set(record.node, error);
    }
  };
  // A slot is seen to be free before it is seen to be taken again.
  const isOver = ({ status }: RecordWrite): boolean => status.finishedAt !== undefined;
  await inParallel(records.filter(isOver), AT_ONCE, write);
  await inParallel(
    records.filter((record) => !isOver(record)),
    AT_ONCE,
    write,
  );
  return refused;
}

/** Only the one key is sent. `false`: somebody else was faster, and the next pass looks at what they wrote. */
async function editConfigMap(edit: ConfigMapEdit | undefined, hands: Hands): Promise<boolean> {
  const { client, kubeProxy } = hands;
  if (edit === undefined || kubeProxy === undefined) return true;
  const { text, resourceVersion } = edit;
  const { namespace, configMap: name, key } = kubeProxy;
  try {
    if (resourceVersion === NOT_MADE_YET) {
      await makeConfigMap(kubeProxy, text, hands);
      return true;
    }
    await client.mergePatch(CONFIG_MAPS, { namespace, name }, { metadata: { resourceVersion }, data: { [key]: text } });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    return false;
  }
}

/** It goes with its migration. */
async function makeConfigMap({ namespace, configMap: name, key }: Located, text: string, hands: Hands): Promise<void> {
  const { name: migration, uid = '' } = hands.migration.metadata;
  const owner = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, name: migration, uid };
  const labels = { [LABEL_MIGRATION]: migration };
  const object = { metadata: { namespace, name, labels, ownerReferences: [owner] }, data: { [key]: text } };
  await hands.client.create(CONFIG_MAPS, object);
}

/** The UID makes it harmless to be late: a pod of the same name that came after is not this one. */
async function deletePod(pod: PodFacts, { client, kubeProxy, replace }: Hands): Promise<void> {
  if (kubeProxy === undefined) return;
  if (replace !== undefined) return replace(pod);
  await client.delete(PODS, { namespace: kubeProxy.namespace, name: pod.name }, { uid: pod.uid });
}
