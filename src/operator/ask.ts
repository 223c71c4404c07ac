// One look into a kube-proxy: /proxyMode and /metrics over one connection that is kept open, so that the readings of a run
// come from one process. /proxyMode is bound to loopback on kubeadm's nodes, and pods/portforward is the only API path that
// reaches it: the streams of any pod on the host's network are dialled in the node's own network namespace.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client, Ref } from 'kopf-ts';
import { keptLines, readMetrics } from '../kubeproxy/metrics.ts';
import type { Reading } from '../rollout/observed.ts';
import { readingOf } from '../rollout/readings.ts';

/** For opening the stream, and again for each answer. Real time: a socket knows no other. */
const PATIENCE = 5000;
/** /metrics of a node with 5,000 Services has about 100 kB; more than this is not kube-proxy. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** `page`: the lines of /metrics a preflight asks about. */
export type Answered = { readonly reading: Reading; readonly page: string };
export type Line = { read(now: number): Promise<Answered>; close(): void };

/** Opens a stream to the pod's metrics port. Rejects when nobody listens there, or the API server refuses. */
export async function open(
  client: Pick<Client, 'portForward'>,
  pod: Ref,
  port: number,
  signal: AbortSignal,
): Promise<Line> {
  const stream = await client.portForward(pod, port, { timeout: PATIENCE, signal });
  return {
    read: async (now) => {
      const mode = await get(stream, '/proxyMode');
      const metrics = await get(stream, '/metrics');
      return { reading: readingOf(mode, readMetrics(metrics), now), page: keptLines(metrics) };
    },
    close: () => stream.destroy(),
  };
}

/** One answer, within `PATIENCE`; whatever goes wrong, the stream is of no use any more. */
export async function get(stream: Duplex, path: string): Promise<string> {
  // On a stream that has been closed, node:http neither answers nor fails, and no signal can end that.
  if (!stream.readable) throw new Error('the connection has been closed');
  const broken = Promise.withResolvers<never>();
  const onClose = (): void => broken.reject(new Error(`the connection was closed before ${path} was answered`));
  const onLate = (): void => broken.reject(new Error(`${path} did not answer within ${PATIENCE / 1000} s`));
  const late = AbortSignal.timeout(PATIENCE);
  late.addEventListener('abort', onLate, { once: true });
  stream.once('close', onClose);
  try {
    return await Promise.race([exchange(stream, path), broken.promise]);
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    late.removeEventListener('abort', onLate);
    stream.off('close', onClose);
  }
}

/**
 * No agent: a pooled connection could be one to another pod. The answer counts once the request has let go of the stream
 * ('close', after 'end'): only then can the next one have it.
 */
function exchange(stream: Duplex, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { createConnection: () => stream, path, host: 'localhost', headers: { connection: 'keep-alive' } };
    const asked = request(options, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) reject(new Error(`${path} answered more than ${LARGEST_ANSWER} bytes`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      asked.on('close', () => {
        if (!answer.complete) reject(new Error(`the answer of ${path} broke off`));
        else if (answer.statusCode !== 200) reject(new Error(`${path} answered HTTP ${answer.statusCode ?? 0}`));
        else resolve(Buffer.concat(chunks).toString('utf8'));
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
