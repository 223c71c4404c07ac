// One look into a kube-proxy: /proxyMode and /metrics over one port-forwarded connection that is kept open, so that the
// readings of a run come from one process. /proxyMode is bound to loopback on kubeadm's nodes, and pods/portforward is
// the only API path that reaches it: a host-network pod's streams are dialled in the node's own network namespace.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client, Ref } from 'kopf-ts';
import { readMetrics } from '../kubeproxy/metrics.ts';
import type { Reading } from '../rollout/observed.ts';
import { readingOf } from '../rollout/readings.ts';

/** For opening the stream, and again for each answer. Real time: a socket knows no other. */
const PATIENCE = 5000;
/** /metrics of a node with 5,000 Services has about 100 kB; more than this is not kube-proxy. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

export type Line = { read(now: number): Promise<Reading>; close(): void };

/** Opens a stream to the pod's metrics port. Rejects when the pod does not listen, or the API server refuses. */
export async function open(client: Client, pod: Ref, port: number, signal: AbortSignal): Promise<Line> {
  const stream = await client.portForward(pod, port, { timeout: PATIENCE, signal });
  return {
    read: async (now) => {
      const mode = await get(stream, '/proxyMode');
      return readingOf(mode, readMetrics(await get(stream, '/metrics')), now);
    },
    close: () => stream.destroy(),
  };
}

/**
 * No agent: a pooled connection could be one to another pod. The answer counts once the request has let go of the stream
 * ('close', after 'end'): only then can the next one have it.
 */
function get(stream: Duplex, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      stream.destroy();
      reject(error);
    };
    const signal = AbortSignal.timeout(PATIENCE);
    const options = {
      createConnection: () => stream,
      path,
      host: 'localhost',
      headers: { connection: 'keep-alive' },
      signal,
    };
    const asked = request(options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) fail(new Error(`${path} answered more than ${LARGEST_ANSWER} bytes`));
        else chunks.push(chunk);
      });
      answer.on('error', fail);
      asked.on('close', () => {
        if (!answer.complete) fail(new Error(`the answer of ${path} broke off`));
        else if (answer.statusCode !== 200) fail(new Error(`${path} answered HTTP ${answer.statusCode ?? 0}`));
        else resolve(Buffer.concat(chunks).toString('utf8'));
      });
    });
    asked.on('error', (error) =>
      fail(signal.aborted ? new Error(`${path} did not answer within ${PATIENCE / 1000} s`) : error),
    );
    asked.end();
  });
}
