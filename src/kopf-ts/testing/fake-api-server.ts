// A small API server on loopback for the runtime's own tests: list with pages, watch with bookmarks, get, create, patch,
// replace, delete; and faults at the level of the protocol, which is what these tests are about.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../types.ts';
import { createFakeObjects, mergePatch, type FakeObjects } from './fake-objects.ts';

export type SeenRequest = {
  readonly method: string;
  /** Normalised: `/api/v1/pods/<namespace>/<name>`. */
  readonly path: string;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
};

/** Handles the request itself (true), or lets the server answer (false). `carryOut` does what the server would have done, unanswered. */
export type Fault = (request: SeenRequest, response: ServerResponse, carryOut: () => void) => boolean;

export type FakeApiServer = {
  readonly url: string;
  readonly http: Server;
  readonly kubeConfig: string;
  readonly objects: FakeObjects;
  readonly requests: readonly SeenRequest[];
  /** Faults are asked in order for every request; the first that returns true has dealt with it. */
  readonly faults: Fault[];
  readonly watches: Set<ServerResponse>;
  close(): Promise<void>;
};

export async function startFakeApiServer(): Promise<FakeApiServer> {
  const objects = createFakeObjects();
  const requests: SeenRequest[] = [];
  const faults: Fault[] = [];
  const watches = new Set<ServerResponse>();
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const seen = see(message, Buffer.concat(chunks).toString('utf8'));
      requests.push(seen);
      let answer: Answer | undefined;
      const carryOut = (): Answer => (answer ??= execute(objects, seen));
      if (faults.some((fault) => fault(seen, response, carryOut))) return;
      if (seen.query.get('watch') === 'true') serveWatch(objects, watches, seen, response);
      else send(response, carryOut());
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    http: server,
    kubeConfig: kubeConfigFor(url),
    objects,
    requests,
    faults,
    watches,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

function kubeConfigFor(url: string): string {
  return JSON.stringify(
    {
      clusters: [{ name: 'fake', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'me', user: { token: 'secret' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me' } }],
      'current-context': 'fake',
    },
    undefined,
    2,
  );
}

export type Answer = { readonly status: number; readonly body: unknown };

export function send(response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function statusAnswer(code: number, reason: string, message = reason): Answer {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message } };
}

export function watchLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function see(message: IncomingMessage, body: string): SeenRequest {
  const url = new URL(message.url ?? '/', 'http://localhost');
  const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const head = parts.splice(0, parts[0] === 'api' ? 2 : 3);
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? parts.splice(0, 2)[1] : undefined;
  const [plural = '', name, subresource] = parts;
  const path = [
    '',
    ...head,
    plural,
    ...(namespace === undefined ? [] : [namespace]),
    ...(name === undefined ? [] : [name]),
  ].join('/');
  return {
    method: message.method ?? 'GET',
    path,
    subresource,
    query: url.searchParams,
    headers: message.headers,
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  };
}

function execute(objects: FakeObjects, request: SeenRequest): Answer {
  switch (request.method) {
    case 'POST':
      return create(objects, request);
    case 'PUT':
    case 'PATCH':
      return change(objects, request);
    case 'DELETE':
      return remove(objects, request);
    default:
      return read(objects, request);
  }
}

function read(objects: FakeObjects, request: SeenRequest): Answer {
  const held = objects.get(request.path);
  if (held !== undefined) return { status: 200, body: held };
  return isCollection(request.path) ? listAnswer(objects, request) : notFound(request.path);
}

function create(objects: FakeObjects, { path, body }: SeenRequest): Answer {
  const object = body as KubeObject;
  const full = `${path}/${object.metadata.name}`;
  if (objects.get(full) !== undefined) return statusAnswer(409, 'AlreadyExists');
  return { status: 201, body: objects.put(full, object) };
}

function change(objects: FakeObjects, { path, method, headers, body }: SeenRequest): Answer {
  const held = objects.get(path);
  const object = body as KubeObject;
  if (held === undefined && headers['content-type'] !== 'application/apply-patch+yaml') return notFound(path);
  const wanted = object.metadata?.resourceVersion;
  if (wanted !== undefined && wanted !== held?.metadata.resourceVersion) return statusAnswer(409, 'Conflict');
  const next = method === 'PUT' ? object : (mergePatch(held ?? {}, object) as KubeObject);
  const unchanged = held !== undefined && JSON.stringify(next) === JSON.stringify(held);
  return { status: 200, body: unchanged ? held : objects.put(path, next) };
}

function remove(objects: FakeObjects, { path, body }: SeenRequest): Answer {
  const held = objects.get(path);
  if (held === undefined) return notFound(path);
  const { uid } = (body as { preconditions?: { uid?: string } }).preconditions ?? {};
  if (uid !== undefined && uid !== held.metadata.uid)
    return statusAnswer(409, 'Conflict', 'Precondition failed: UID in precondition');
  return { status: 200, body: objects.remove(path) };
}

function notFound(path: string): Answer {
  return statusAnswer(404, 'NotFound', `${path} not found`);
}

function isCollection(path: string): boolean {
  return path.split('/').length <= (path.startsWith('/api/') ? 4 : 5);
}

function listAnswer(objects: FakeObjects, { path, query }: SeenRequest): Answer {
  const [, name] = /^metadata\.name=(.+)$/.exec(query.get('fieldSelector') ?? '') ?? [];
  const all = objects.list(path).filter(({ metadata }) => name === undefined || metadata.name === name);
  const limit = Number(query.get('limit') ?? all.length);
  const from = Number(query.get('continue') ?? 0);
  const more = from + limit < all.length ? { continue: String(from + limit) } : {};
  const items = all.slice(from, from + limit);
  return {
    status: 200,
    body: { kind: 'List', metadata: { resourceVersion: String(objects.version), ...more }, items },
  };
}

function serveWatch(
  objects: FakeObjects,
  watches: Set<ServerResponse>,
  { path, query }: SeenRequest,
  response: ServerResponse,
): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const from = Number(query.get('resourceVersion'));
  for (const event of objects.history)
    if (event.collection === path && event.version > from) response.write(watchLine(event.type, event.object));
  const unsubscribe = objects.subscribe((event) => {
    if (event.collection === path && !response.writableEnded) response.write(watchLine(event.type, event.object));
  });
  watches.add(response);
  response.on('close', () => {
    watches.delete(response);
    unsubscribe();
  });
}
