// LIST in pages. Each page is projected before the next is asked for, so that the raw objects of a large cluster
// (5,000 Nodes of 25 kB) are never in memory together.
import { ApiError } from '../errors.ts';
import { apiVersion, resourceName } from '../resource-key.ts';
import type { KubeObject, Resource, Selection } from '../types.ts';
import { parseBody } from './api-status.ts';
import { collectionPath, describePlace, selectorQuery } from './paths.ts';
import { TOO_LONG, type Reply, type RequestSpec } from './request.ts';
import type { Requester } from './retry.ts';

const FIRST_PAGE = 100;
const SMALLEST_PAGE = 50;
const LARGEST_PAGE = 500;
/** What a page should weigh (characters of JSON): pages of raw Nodes are what fills the memory while a cache starts. */
const PAGE_WEIGHT = 4_000_000;
/** The most bytes of a page that are read. A page that is heavier is asked for again with half as many objects. */
const LARGEST_PAGE_BYTES = 64 * 1024 * 1024;
/** How often a list starts over because its continue token expired between two pages. */
const MOST_RESTARTS = 3;

export type ListSettings<T, U> = {
  /** Objects per page; by default as many as weigh about 4 MB, at most 500. */
  readonly pageSize?: number | undefined;
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
  const { pageSize, project, signal } = settings;
  let most = pageSize ?? LARGEST_PAGE;
  let limit = pageSize ?? FIRST_PAGE;
  const items: U[] = [];
  let continueToken = '';
  for (;;) {
    const spec = pageRequest(resource, selection, { limit, continueToken, signal });
    const reply = await readPage(requester, spec, limit);
    if (reply === undefined) {
      most = Math.floor(limit / 2);
      limit = most;
      continue;
    }
    const page = parseBody<Page<T>>(spec, reply);
    const found = page.items ?? [];
    // Items of a list do not carry their type; whoever keeps one (an Event's `regarding`) needs it.
    for (const item of found) items.push(project({ apiVersion: apiVersion(resource), kind: resource.kind, ...item }));
    limit = Math.min(most, pageSize ?? fittingLimit(reply.text.length, found.length));
    continueToken = page.metadata.continue ?? '';
    // All pages come from one snapshot; its version is on every page.
    if (continueToken === '') return { items, resourceVersion: page.metadata.resourceVersion ?? '' };
  }
}

/** `undefined`: too heavy, and there is a smaller page to ask for. */
async function readPage(requester: Requester, spec: RequestSpec, limit: number): Promise<Reply | undefined> {
  try {
    return await requester.request(spec);
  } catch (error) {
    if (error instanceof ApiError && error.reason === TOO_LONG && limit > 1) return undefined;
    throw error;
  }
}

function pageRequest(
  resource: Resource,
  selection: Selection,
  page: { readonly limit: number; readonly continueToken: string; readonly signal: AbortSignal | undefined },
): RequestSpec {
  return {
    verb: 'list',
    resource: resourceName(resource),
    place: describePlace(resource, selection.namespace === undefined ? {} : { namespace: selection.namespace }),
    method: 'GET',
    path: collectionPath(resource, selection.namespace),
    query: {
      ...selectorQuery(selection),
      limit: String(page.limit),
      ...(page.continueToken === '' ? {} : { continue: page.continueToken }),
    },
    repeat: 'always',
    limitBytes: LARGEST_PAGE_BYTES,
    signal: page.signal,
  };
}

/** How many objects like these a page may hold. */
function fittingLimit(weight: number, count: number): number {
  if (count === 0) return FIRST_PAGE;
  return Math.round(Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, PAGE_WEIGHT / (weight / count))));
}
