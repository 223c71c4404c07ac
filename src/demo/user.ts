// What a person does in the demo: the same requests that the kubectl commands shown would make.
import type { Client } from 'kopf-ts';
import { parse } from 'yaml';
import { PROXY_MODE_MIGRATIONS } from '../api/kinds.ts';
import { ANNOTATION_RETRY, API_VERSION } from '../api/names.ts';
import type { Table } from './render-table.ts';

export const MIGRATION = 'to-nftables';

export const MANIFEST = `apiVersion: ${API_VERSION}
kind: ${PROXY_MODE_MIGRATIONS.kind}
metadata:
  name: ${MIGRATION}
spec:
  mode: nftables
`;

export const APPLY = `kubectl apply -f ${MIGRATION}.yaml`;
export const WATCH = 'kubectl get pmm -w';
export const RETRY = `kubectl annotate pmm ${MIGRATION} ${ANNOTATION_RETRY}=1`;
export const DELETE = `kubectl delete pmm ${MIGRATION}`;

export async function apply(client: Client): Promise<void> {
  await client.apply(PROXY_MODE_MIGRATIONS, parse(MANIFEST));
}

export async function retry(client: Client): Promise<void> {
  await client.mergePatch(
    PROXY_MODE_MIGRATIONS,
    { name: MIGRATION },
    { metadata: { annotations: { [ANNOTATION_RETRY]: '1' } } },
  );
}

export async function remove(client: Client): Promise<void> {
  await client.delete(PROXY_MODE_MIGRATIONS, { name: MIGRATION });
}

/** The API server's own Table, as `kubectl get` asks for it. */
export async function table(server: string, plural: string): Promise<Table> {
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', 'user-agent': 'kubectl' };
  const answer = await fetch(`${server}/apis/${API_VERSION}/${plural}`, { headers });
  if (!answer.ok) throw new Error(`GET ${plural}: HTTP ${answer.status}`);
  return (await answer.json()) as Table;
}
