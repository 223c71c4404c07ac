// A server for this folder's tests, and the plainest of clients: fetch for requests, JSON lines for watches.
import { onTestFinished } from 'vitest';
import type { NodeBackend } from '../types.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { at } from './json.ts';
import type { ApiStore } from './store.ts';
import { type ManualClock, testStore } from './testing.ts';

export type Reply = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

export type TestServer = {
  readonly server: ApiServer;
  readonly store: ApiStore & { readonly clock: ManualClock };
  /** `type` is the Content-Type; a string body is sent as it is. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<TestWatch>;
};

/** Gone with the test. */
export async function testServer(
  options: { readonly historySize?: number; readonly backend?: NodeBackend } = {},
): Promise<TestServer> {
  const { backend, ...storeOptions } = options;
  const store = testStore(storeOptions);
  const server = await startApiServer({ store, ...(backend === undefined ? {} : { backend }) });
  onTestFinished(() => server.close());
  const send: TestServer['send'] = async (method, path, body, headers = {}) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { 'content-type': 'application/json', 'user-agent': 'tests/1', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
  };
  const watch: TestServer['watch'] = async (path, headers = {}) => {
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const response = await fetch(server.url + path, {
      signal: stop.signal,
      headers: { 'user-agent': 'tests/1', ...headers },
    });
    if (response.body === null) throw new Error('a watch without a body');
    return new TestWatch(response);
  };
  return { server, store, send, watch, get: (path, headers) => send('GET', path, undefined, headers) };
}

export type Line = { readonly type: string; readonly object: Record<string, unknown> };

export class TestWatch {
  readonly status: number;
  readonly #lines: AsyncIterator<string>;

  constructor(response: Response) {
    this.status = response.status;
    this.#lines = lines(response);
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<Line | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as Line);
  }

  /** The next events as `ADDED a`, so many of them. */
  async take(count: number): Promise<readonly string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the watch ended after ${events.join(', ')}`);
      events.push(
        `${event.type} ${String(at(event.object, 'metadata', 'name') ?? at(event.object, 'metadata', 'resourceVersion'))}`,
      );
    }
    return events;
  }
}

async function* lines(response: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

export const MERGE = { 'content-type': 'application/merge-patch+json' };
export const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
export const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
export const APPLY = { 'content-type': 'application/apply-patch+yaml' };
export const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

/** A custom resource with a little of everything. */
export const WIDGETS_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Cluster',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wd'], categories: ['things'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.spec.color' }],
        additionalPrinterColumns: [
          { name: 'Color', type: 'string', jsonPath: '.spec.color' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['color'],
                properties: {
                  color: { type: 'string', enum: ['red', 'green'] },
                  size: { type: 'integer', minimum: 1, default: 3 },
                },
              },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type'],
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const WIDGETS = '/apis/example.dev/v1/widgets';
