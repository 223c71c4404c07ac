// The simulated kube-apiserver: an HTTP server on loopback over a store. A request passes through here in this order: log,
// access, faults, handler, faults, answer.
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeBackend } from '../types.ts';
import { NAMESPACES } from '../types.ts';
import { type Access, createAccess } from './access.ts';
import type { Answer, Call, Server } from './call.ts';
import { DEFAULT_VERSION } from './discovery.ts';
import { dispatch, servedAt } from './dispatch.ts';
import { createExecs } from './exec.ts';
import { afterRequest, beforeRequest, createFaults, type Faults } from './faults.ts';
import { DEFAULT_USER, kubeconfig, userOf } from './kubeconfig.ts';
import { createPages } from './pages.ts';
import { checkScheduled, type PodStream, type PodStreams } from './pod-stream.ts';
import { createPortForwards } from './port-forward.ts';
import { createRegistry } from './registry.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { createRequestLog, loggedRequest, type LoggedRequest, type Match, type RequestLog } from './request-log.ts';
import { refuseUpgrade, send, sendError, UnspokenProtocol } from './respond.ts';
import { badRequest, internalError, noSuchResource, notFound } from './status-errors.ts';
import type { ApiStore } from './store.ts';
import { createWatchHub } from './watch-hub.ts';

export type ApiServer = {
  readonly url: string;
  /** YAML. Requests carry the user's name as their bearer token. */
  kubeconfig(user?: string): string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** 403 for what matches, until the returned function is called. `resource: 'pods/portforward'` names a subresource. */
  deny(match: Match): () => void;
  /** 403 for this user for all that is not allowed here; every verb a request needs is asked for by itself. */
  hold(user: string, may: (request: LoggedRequest) => boolean): void;
  /** Bookmarks for every watch that asked for them, now. */
  bookmark(): void;
  setBackend(backend: NodeBackend): void;
  /** Breaks every stream to a pod: port-forwards and commands. */
  cutStreams(): void;
  /** Ends every connection. */
  close(): Promise<void>;
};

export type ApiServerOptions = {
  readonly store: ApiStore;
  readonly backend?: NodeBackend;
  /** On 127.0.0.1; any free one by default. */
  readonly port?: number;
  /** What /version tells; v1.36.3 by default. */
  readonly version?: string;
  /** How often watches get bookmarks by themselves, in milliseconds of the store's clock. */
  readonly bookmarkInterval?: number;
  /** The subprotocols `exec` is spoken with, in order of preference; v5 and v4 by default. */
  readonly execProtocols?: readonly string[];
};

const BOOKMARK_INTERVAL = 60_000;

/** The namespaces a real API server makes sure of. */
const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const running = new RunningServer(options);
  await running.listen(options.port ?? 0);
  return running;
}

/** A request that has been logged and not yet answered. */
type Incoming = { readonly info: RequestInfo; readonly logged: LoggedRequest; finish(status: number): void };

class RunningServer implements ApiServer {
  readonly requests = createRequestLog();
  readonly faults = createFaults();
  readonly #access: Access = createAccess();
  /** By subresource of pods. */
  readonly #streams: ReadonlyMap<string, PodStreams>;
  readonly #http: HttpServer;
  readonly #server: Server;
  readonly #closed = new AbortController();
  #backend: NodeBackend | undefined;

  constructor(options: ApiServerOptions) {
    const { store, backend, bookmarkInterval = BOOKMARK_INTERVAL, execProtocols, version = DEFAULT_VERSION } = options;
    this.#streams = new Map([
      ['portforward', createPortForwards()],
      ['exec', createExecs(execProtocols)],
    ]);
    this.#backend = backend;
    const server = { store, registry: createRegistry(store), hub: createWatchHub(store), pages: createPages() };
    this.#server = { ...server, version, faults: this.faults, backend: () => this.#backend };
    this.#http = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void this.#serve(request, response));
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, { socket, head }));
    for (const name of SYSTEM_NAMESPACES) ensureNamespace(store, name);
    void this.#keepBookmarking(bookmarkInterval);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, '127.0.0.1', resolve);
    });
  }

  kubeconfig(user = DEFAULT_USER): string {
    return kubeconfig(this.url, user);
  }

  deny(match: Match): () => void {
    return this.#access.deny(match);
  }

  hold(user: string, may: (request: LoggedRequest) => boolean): void {
    this.#access.hold(user, may);
  }

  bookmark(): void {
    this.#server.hub.bookmark();
  }

  setBackend(backend: NodeBackend): void {
    this.#backend = backend;
  }

  cutStreams(): void {
    for (const streams of this.#streams.values()) streams.cut();
  }

  close(): Promise<void> {
    this.#closed.abort();
    this.#server.hub.close();
    this.#server.registry.close();
    for (const streams of this.#streams.values()) streams.close();
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #keepBookmarking(interval: number): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#server.store.clock.sleep(interval, signal);
      if (!signal.aborted) this.bookmark();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { info, logged, finish } = this.#record(request);
    response.on('close', () => finish(0));
    try {
      const answer = await this.#answer({ server: this.#server, info, logged, request, response });
      if (answer === undefined) return void request.socket.destroy();
      // Before the client can know: who has the answer finds it in the log.
      finish(answer.kind === 'taken' ? response.statusCode : answer.code);
      send(response, answer);
    } catch (error) {
      finish(sendError(response, error));
    }
  }

  #record(request: IncomingMessage): Incoming {
    const info = requestInfo(request.method ?? 'GET', request.url ?? '/');
    const { authorization, 'user-agent': userAgent = '' } = request.headers;
    const logged = loggedRequest(info, { user: userOf(authorization), userAgent, at: this.#server.store.clock.now() });
    return { info, logged, ...this.requests.record(logged) };
  }

  /** undefined when the client shall get no answer. */
  async #answer(call: Call): Promise<Answer | undefined> {
    const { info, logged } = call;
    this.#access.check(logged);
    const served = servedAt(this.#server.registry, info.target);
    const faults = this.faults.take(logged);
    if ((await beforeRequest(faults, logged)) === 'dropped') return undefined;
    const answer = await dispatch(call, served);
    return (await afterRequest(faults, logged)) === 'lost' ? undefined : answer;
  }

  /** WebSocket requests: streams to pods. Refusals are plain HTTP answers on the raw socket. */
  async #upgrade(request: IncomingMessage, connection: { socket: Duplex; head: Buffer }): Promise<void> {
    const incoming = this.#record(request);
    const { socket } = connection;
    socket.on('error', () => socket.destroy());
    try {
      const streams = this.#streams.get(incoming.info.target?.subresource ?? '');
      if (streams === undefined) throw badRequest('Upgrade request required');
      const stream = this.#podStream(incoming, streams);
      const faults = this.faults.take(incoming.logged);
      if ((await beforeRequest(faults, incoming.logged)) === 'dropped') return void socket.destroy();
      if (!streams.speaks(request.headers['sec-websocket-protocol'])) throw new UnspokenProtocol();
      incoming.finish(101);
      streams.accept(request, connection, stream);
    } catch (error) {
      incoming.finish(refuseUpgrade(socket, error));
    }
  }

  #podStream({ info: { target, query }, logged }: Incoming, streams: PodStreams): PodStream {
    if (target?.name === undefined) throw badRequest('Upgrade request required');
    this.#access.check(logged);
    const resource = servedAt(this.#server.registry, target)?.resource;
    if (resource === undefined) throw noSuchResource();
    const ref = { name: target.name, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) };
    const pod = this.#server.store.get(resource, ref);
    if (pod === undefined) throw notFound(resource, target.name);
    checkScheduled(pod);
    if (this.#backend === undefined) throw internalError('no node backend is connected to the simulated API server');
    streams.check(query);
    return { pod, ref, query, backend: this.#backend };
  }
}

function ensureNamespace(store: ApiStore, name: string): void {
  if (store.get(NAMESPACES, { name }) !== undefined) return;
  const labels = { 'kubernetes.io/metadata.name': name };
  const namespace = { metadata: { name, labels }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
  store.create(NAMESPACES, namespace);
}
