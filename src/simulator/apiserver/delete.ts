// DELETE of one object or of a collection, with the options from the body or the query string.
import type { Stored } from '../types.ts';
import { parseObject, readBody, contentType } from './body.ts';
import { type Answer, json, refTo, type ResourceCall } from './call.ts';
import { unsupported } from './field-errors.ts';
import { at, isObject, type JsonObject } from './json.ts';
import type { DeleteOptions, Propagation } from './metadata.ts';
import { refOf } from './garbage-collector.ts';
import { numberIn, selected } from './read.ts';
import { parseSelection } from './selection.ts';
import { apiVersionOf } from './served.ts';
import { invalidOptions, notFound } from './status-errors.ts';

/** Kinds whose DELETE answers the object itself even when it is gone; the others answer a Status. */
const RETURNS_OBJECT = ['pods', 'services', 'serviceaccounts'];

export async function deleteObject(call: ResourceCall, name: string): Promise<Answer> {
  const options = await deleteOptions(call);
  const deletion = call.server.store.delete(call.served.resource, refTo(call, name), options);
  if (deletion === undefined) throw notFound(call.served.resource, name);
  const asObject = !deletion.removed || RETURNS_OBJECT.includes(call.served.resource.plural);
  return json(asObject ? deletion.object : success(call, deletion.object));
}

export async function deleteCollection(call: ResourceCall): Promise<Answer> {
  const options = await deleteOptions(call);
  const { served, server } = call;
  const items = selected(call, parseSelection(served, call.namespace, call.info.query));
  for (const object of items) server.store.delete(served.resource, refOf(object), options);
  const metadata = { resourceVersion: String(server.store.revision) };
  return json({ kind: `${served.resource.kind}List`, apiVersion: apiVersionOf(served.resource), metadata, items });
}

function success({ served: { resource } }: ResourceCall, { metadata }: Stored): object {
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: metadata.name, ...group, kind: resource.plural, uid: metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

async function deleteOptions(call: ResourceCall): Promise<DeleteOptions> {
  const text = await readBody(call.request);
  const body = text === '' ? {} : parseObject(text, contentType(call.request), 'DeleteOptions');
  const { query } = call.info;
  const grace = body['gracePeriodSeconds'] ?? numberIn(query, 'gracePeriodSeconds');
  const dryRun = [body['dryRun'], query.getAll('dryRun')].flat().includes('All');
  return {
    ...preconditions(body),
    ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
    ...propagationOf(body['propagationPolicy'] ?? query.get('propagationPolicy')),
    dryRun,
  };
}

function preconditions(body: JsonObject): Pick<DeleteOptions, 'uid' | 'resourceVersion'> {
  const given = at(body, 'preconditions');
  if (!isObject(given)) return {};
  const { uid, resourceVersion } = given;
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}

const POLICIES: readonly Propagation[] = ['Background', 'Foreground', 'Orphan'];

function propagationOf(value: unknown): { propagation?: Propagation } {
  if (value === undefined || value === null) return {};
  const propagation = POLICIES.find((policy) => policy === value);
  if (propagation === undefined) {
    throw invalidOptions(
      'DeleteOptions',
      unsupported('propagationPolicy', value, ['Foreground', 'Background', 'Orphan', 'nil']),
    );
  }
  return { propagation };
}
