// LIST in pages. Each page is projected before the next is asked for, so that the raw objects of a large cluster
// (5,000 Nodes of 25 kB) are never in memory together.
import { ApiError } from '../errors.ts';
import { apiVersion, resourceName } from '../resource-key.ts';
import type { KubeObject, Resource, Selection } from '../types.ts';
import { parseBody } from './api-status.ts';
import { collectionPath, describePlace, selectorQuery } from './paths.ts';
import type { RequestSpec } from './request.ts';
import type { Requester } from './retry.ts';

export const PAGE_SIZE = 500;
/** How often a list starts over because its continue token expired between two pages. */
const MOST_RESTARTS = 3;

export type ListSettings<T, U> = {
  readonly pageSize?: number;
  readonly project: (object: T) => U;
  readonly signal?: AbortSignal | undefined;
};

export type Listed<U> = { readonly items: readonly U[]; readonly resourceVersion: string };

type Page<T> = {
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[] | null;
};

export async function listPages<T extends KubeObject, U>(
  requester: Requester,
  resource: Resource<T>,
  selection: Selection,
  settings: ListSettings<T, U>,
): Promise<Listed<U>> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await listOnce(requester, resource, selection, settings);
    } catch (error) {
      // 410: the snapshot the continue token stands for was compacted away.
      const expired = error instanceof ApiError && error.status === 410;
      if (!expired || restarts >= MOST_RESTARTS) throw error;
    }
  }
}

async function listOnce<T extends KubeObject, U>(
  requester: Requester,
  resource: Resource<T>,
  selection: Selection,
  settings: ListSettings<T, U>,
): Promise<Listed<U>> {
  const { pageSize = PAGE_SIZE, project, signal } = settings;
  const items: U[] = [];
  let continueToken = '';
  for (;;) {
    const spec: RequestSpec = {
      verb: 'list',
      resource: resourceName(resource),
      place: describePlace(resource, selection.namespace === undefined ? {} : { namespace: selection.namespace }),
      method: 'GET',
      path: collectionPath(resource, selection.namespace),
      query: {
        ...selectorQuery(selection),
        limit: String(pageSize),
        ...(continueToken === '' ? {} : { continue: continueToken }),
      },
      repeat: 'always',
      signal,
    };
    const page = parseBody<Page<T>>(spec, await requester.request(spec));
    // Items of a list do not carry their type; whoever keeps one (an Event's `regarding`) needs it.
    for (const item of page.items ?? [])
      items.push(project({ apiVersion: apiVersion(resource), kind: resource.kind, ...item }));
    continueToken = page.metadata.continue ?? '';
    // All pages come from one snapshot; its version is on every page.
    if (continueToken === '') return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
  }
}
