// GET of one object and of lists: plain, as a Table, or metadata only.
import type { Answer, ResourceCall } from './call.ts';
import { json, refTo } from './call.ts';
import { forbiddenField } from './field-errors.ts';
import { at, without } from './json.ts';
import { formatOf } from './negotiate.ts';
import type { Page } from './pages.ts';
import { isTrue } from './request-info.ts';
import { parseSelection, type Selection } from './selection.ts';
import { apiVersionOf } from './served.ts';
import { badRequest, invalidOptions, notFound, StatusError } from './status-errors.ts';
import { type IncludeObject, partialMetadata, tableOf } from './table.ts';
import type { Stored } from '../types.ts';

export function getObject(call: ResourceCall, name: string): Answer {
  const { served, server } = call;
  const object = server.store.get(served.resource, refTo(call, name));
  if (object === undefined) throw notFound(served.resource, name);
  switch (formatOf(call.request.headers.accept)) {
    case 'object':
      return json(object);
    case 'metadata':
      return json(partialMetadata(object));
    case 'table':
      return json(tableOf(served, [object], tableOptions(call, { resourceVersion: object.metadata.resourceVersion })));
  }
}

export function tableOptions(call: ResourceCall, metadata: object) {
  const include = (call.info.query.get('includeObject') ?? 'Metadata') as IncludeObject;
  return { include, now: call.server.store.clock.now(), metadata };
}

export function listObjects(call: ResourceCall): Answer {
  const { served } = call;
  const format = formatOf(call.request.headers.accept);
  const page = pageOf(call);
  const selective = call.info.query.has('labelSelector') || call.info.query.has('fieldSelector');
  const metadata = {
    resourceVersion: String(page.version),
    ...(page.next === undefined ? {} : { continue: page.next }),
    // The real server does not count what a selector would have to look at.
    ...(page.next === undefined || selective ? {} : { remainingItemCount: page.remaining }),
  };
  switch (format) {
    case 'table':
      return json(tableOf(served, page.items, tableOptions(call, metadata)));
    case 'metadata':
      return json({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: page.items.map(partialMetadata),
      });
    case 'object': {
      const type = { kind: `${served.resource.kind}List`, apiVersion: apiVersionOf(served.resource) };
      // Items of built-in lists carry neither kind nor apiVersion; those of custom resources do, and an empty token too.
      if (served.custom) return json({ ...type, metadata: { continue: '', ...metadata }, items: page.items });
      return json({ ...type, metadata, items: page.items.map((item) => without(item, 'kind', 'apiVersion')) });
    }
  }
}

function pageOf(call: ResourceCall): Page {
  const { info, server, served } = call;
  const limit = numberIn(info.query, 'limit') ?? 0;
  const selection = parseSelection(served, call.namespace, info.query);
  const token = info.query.get('continue') ?? '';
  if (token !== '') return server.pages.next(token, limit, server.store.history(served.resource).floor);
  checkListOptions(info.query);
  checkVersion(call);
  return server.pages.first({ items: selected(call, selection), version: server.store.revision }, limit);
}

export function selected(call: ResourceCall, selection: Selection): readonly Stored[] {
  const { store } = call.server;
  const { resource } = call.served;
  if (selection.name !== undefined && (selection.namespace !== undefined || !resource.namespaced)) {
    const one = store.get(resource, refTo(call, selection.name));
    return one !== undefined && selection.matches(one) ? [one] : [];
  }
  return store.list(resource, selection.namespace).filter((object) => selection.matches(object));
}

/** Every list is the newest there is, so only a version of the future, or exactly one of the past, cannot be served. */
function checkVersion(call: ResourceCall): void {
  const asked = numberIn(call.info.query, 'resourceVersion') ?? 0;
  const { revision } = call.server.store;
  if (asked > revision) throw tooLargeVersion(asked, revision);
  if (call.info.query.get('resourceVersionMatch') === 'Exact' && asked !== revision) {
    throw new StatusError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
  }
}

function tooLargeVersion(asked: number, revision: number): StatusError {
  const message = 'Too large resource version';
  const causes = [{ reason: 'ResourceVersionTooLarge', message }];
  return new StatusError(504, 'Timeout', `Timeout: ${message}: ${asked}, current: ${revision}`, {
    causes,
    retryAfterSeconds: 1,
  });
}

/** apimachinery pkg/apis/meta/internalversion/validation, ValidateListOptions, as far as it concerns what is known here. */
export function checkListOptions(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch') ?? '';
  const refuse = (field: string, why: string) => invalidOptions('ListOptions', forbiddenField(field, why));
  if (query.has('sendInitialEvents')) {
    if (!isTrue(query.get('watch'))) throw refuse('sendInitialEvents', 'sendInitialEvents is forbidden for list');
    if (match !== 'NotOlderThan') {
      throw refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    }
  } else if (match !== '' && (query.get('resourceVersion') ?? '') === '') {
    throw refuse('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
}

export function numberIn(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key) ?? '';
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`invalid value for ${key}: ${JSON.stringify(text)}`);
  return Number(text);
}

/** For messages that name the pod's containers and the like. */
export function listAt(object: Stored, ...path: readonly string[]): readonly unknown[] {
  const value = at(object, ...path);
  return Array.isArray(value) ? value : [];
}
