// A kube-proxy's metrics port as it is seen through a port-forward: a real HTTP server, on streams instead of sockets.
import { createServer, type RequestListener } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';

export type FakeKubeProxy = {
  /** What it answers on /proxyMode and /metrics from now on. */
  mode: string;
  metrics: string;
  /** Answers in place of the usual, when set. */
  handler: RequestListener | undefined;
  /** Opens a stream to it; the other end is kept in `ends`. */
  dial(): Duplex;
  readonly ends: readonly Duplex[];
  /** How many streams have been opened and not closed. */
  readonly open: number;
  /** Paths in the order in which they were asked for. */
  readonly asked: readonly string[];
  /** Requests that came before the one before them, on the same stream, had its whole answer. */
  readonly interleaved: number;
};

/** Of a process that began at `start` (epoch seconds) and programmed its rules at `synced`. */
export function metricsText({ start = 1_700_000_000, synced = 1_700_000_001, failures = 0 } = {}): string {
  return `# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
process_start_time_seconds ${start}
kubernetes_build_info{git_version="v1.36.3",platform="linux/amd64"} 1
kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} ${synced}
kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} ${failures}
`;
}

export function fakeKubeProxy(): FakeKubeProxy {
  const ends: Duplex[] = [];
  const asked: string[] = [];
  const answering = new Set<unknown>();
  let interleaved = 0;
  const fake = {
    mode: 'iptables',
    metrics: metricsText(),
    handler: undefined as RequestListener | undefined,
    ends,
    asked,
    get open() {
      return ends.filter(({ destroyed }) => !destroyed).length;
    },
    get interleaved() {
      return interleaved;
    },
    dial() {
      const [here, there] = duplexPair({ allowHalfOpen: false });
      // As the runtime's stream does: an error between two requests concerns nobody.
      here.on('error', () => undefined);
      there.on('error', () => undefined);
      // A port-forward has no half-close: what ends, ends altogether.
      here.on('close', () => there.destroy());
      there.on('close', () => here.push(null));
      ends.push(there);
      server.emit('connection', there);
      return here;
    },
  };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (answering.has(request.socket)) interleaved++;
    answering.add(request.socket);
    response.on('finish', () => answering.delete(request.socket));
    if (fake.handler !== undefined) return fake.handler(request, response);
    return void response.end(request.url === '/proxyMode' ? fake.mode : fake.metrics);
  });
  return fake;
}
