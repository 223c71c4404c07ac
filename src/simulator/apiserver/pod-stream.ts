// What port-forward and exec have in common: a WebSocket to a pod that is on a node.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Ref } from 'kopf-ts';
import type { NodeBackend, Stored } from '../types.ts';
import { at } from './json.ts';
import { badRequest } from './status-errors.ts';

export type PodStream = {
  readonly pod: Stored;
  readonly ref: Ref;
  readonly query: URLSearchParams;
  readonly backend: NodeBackend;
};

export type PodStreams = {
  /** Throws BadRequest for a query that asks for nothing. */
  check(query: URLSearchParams): void;
  /** Whether a client that offers these subprotocols can be served. */
  speaks(offered: string | undefined): boolean;
  accept(request: IncomingMessage, connection: { socket: Duplex; head: Buffer }, stream: PodStream): void;
  /** Ends every connection without a word. */
  cut(): void;
  close(): void;
};

/** A pod that is on no node has no kubelet to ask. */
export function checkScheduled(pod: Stored): void {
  const nodeName = at(pod, 'spec', 'nodeName');
  if (nodeName === undefined || nodeName === '')
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
}
