// One request on its way through the server, and what becomes of it. Handlers return an answer or throw a StatusError; only
// watches and port-forwards take the connection into their own hands.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ref } from 'kopf-ts';
import type { NodeBackend } from '../types.ts';
import type { FaultGate } from './faults.ts';
import type { Pages } from './pages.ts';
import type { Registry } from './registry.ts';
import type { RequestInfo } from './request-info.ts';
import type { LoggedRequest } from './request-log.ts';
import type { Served } from './served.ts';
import type { ApiStore } from './store.ts';
import type { WatchHub } from './watch-hub.ts';

/** What every handler may need of the server. */
export type Server = {
  readonly store: ApiStore;
  readonly registry: Registry;
  readonly hub: WatchHub;
  readonly pages: Pages;
  readonly faults: FaultGate;
  /** As /version tells it: v1.36.3. */
  readonly version: string;
  backend(): NodeBackend | undefined;
};

export type Call = {
  readonly server: Server;
  readonly info: RequestInfo;
  readonly logged: LoggedRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** A call that is about a resource the server has. */
export type ResourceCall = Call & {
  readonly served: Served;
  readonly namespace: string | undefined;
  readonly subresource: string | undefined;
};

export type Answer =
  | { readonly kind: 'json'; readonly code: number; readonly body: object; readonly warnings?: readonly string[] }
  | { readonly kind: 'text'; readonly code: number; readonly body: string }
  /** The handler answers by itself, over time. */
  | { readonly kind: 'taken' };

export function json(body: object, code = 200, warnings: readonly string[] = []): Answer {
  return { kind: 'json', code, body, ...(warnings.length > 0 ? { warnings } : {}) };
}

/** The object a call is about. */
export function refTo(call: ResourceCall, name: string): Ref {
  return call.namespace === undefined ? { name } : { name, namespace: call.namespace };
}
