import type { Client } from 'kopf-ts';
import { expect, it } from 'vitest';
import type { Located } from '../kubeproxy/locate.ts';
import { ensureRights } from './rights.ts';
import { refused } from './testing/fake-client.ts';

const WHERE: Located = {
  kind: 'located',
  namespace: 'kube-system',
  daemonSet: 'kube-proxy',
  configMap: 'kube-proxy',
  key: 'config.conf',
  container: 'kube-proxy',
  selector: 'k8s-app=kube-proxy',
  image: 'kube-proxy:v1.36.3',
};

type Asked = {
  readonly spec: { readonly resourceAttributes: { readonly verb: string; readonly subresource?: string } };
};

/** An API server that answers every review as it is told. */
function answering(answer: (asked: Asked['spec']['resourceAttributes']) => unknown): Client {
  const create = async (_resource: unknown, { spec }: Asked): Promise<unknown> => answer(spec.resourceAttributes);
  return { create } as unknown as Client;
}

it('is content when everything is allowed', async () => {
  await expect(
    ensureRights(
      answering(() => ({ status: { allowed: true } })),
      WHERE,
    ),
  ).resolves.toBeUndefined();
});

it.each([
  ['patch', undefined, 'cannot patch configmaps'],
  ['delete', undefined, 'cannot delete pods'],
  ['create', 'portforward', 'cannot create pods/portforward'],
  ['get', 'log', 'cannot get pods/log'],
])('refuses as the API server would when %s %s is missing', async (verb, subresource, words) => {
  const client = answering((asked) => ({
    status: { allowed: !(asked.verb === verb && asked.subresource === subresource) },
  }));
  await expect(ensureRights(client, WHERE)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining(words),
  });
});

it.each([403, 404])('lets the request itself tell where nobody answers such questions (%i)', async (status) => {
  const client = answering(() => {
    throw refused(status);
  });
  await expect(ensureRights(client, WHERE)).resolves.toBeUndefined();
});

it('does not begin while the answer fails', async () => {
  const client = answering(() => {
    throw refused(500);
  });
  await expect(ensureRights(client, WHERE)).rejects.toMatchObject({ status: 500 });
});

it('asks for no right to pods where kube-proxy is a unit of systemd', async () => {
  const asked: string[] = [];
  const client = answering(({ verb, ...rest }) => {
    asked.push(`${verb} ${(rest as { readonly resource?: string }).resource}`);
    return { status: { allowed: true } };
  });
  await ensureRights(client, WHERE, true);
  expect(asked).toEqual(['create configmaps', 'patch configmaps']);
});
