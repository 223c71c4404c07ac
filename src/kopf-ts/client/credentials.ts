// From a KubeConfig to what a request needs: the server, the headers that authenticate, and one keep-alive dispatcher.
// client-node builds a new connection pool for every request; here the pool lives as long as the TLS material is the same.
import type { RequestOptions } from 'node:https';
import { HttpMethod, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { ClientOptions } from 'ws';
import type { Clock } from '../types.ts';

/** How long (ms) evaluated credentials are used before the token file, exec plug-in or provider is asked again. */
const FRESH_FOR = 10_000;
/** client-node's own pools: 30 s TCP keep-alive stays below load balancers' idle time-outs. */
const TCP_KEEP_ALIVE = 30_000;
/** Idle sockets live this long (ms); Go's server keeps them for 90 s, and says so when it does not. */
const IDLE_SOCKET = 60_000;

const TLS_FIELDS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const;
type TlsOptions = Pick<RequestOptions, (typeof TLS_FIELDS)[number]>;

export type Credentials = {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** TLS options and, behind a proxy, the agent: what a WebSocket needs. */
  readonly socketOptions: ClientOptions;
  readonly dispatcher: Dispatcher;
};

export type CredentialSource = {
  /** `renew`: the server answered 401; ask the source again even if the last answer is young. */
  current(renew?: boolean): Promise<Credentials>;
  close(): Promise<void>;
  destroy(): void;
};

export function createCredentialSource(load: () => Promise<KubeConfig>, clock: Clock): CredentialSource {
  let config: Promise<KubeConfig> | undefined;
  let latest: { readonly at: number; readonly value: Promise<Credentials> } | undefined;
  let pool: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;

  async function evaluate(): Promise<Credentials> {
    config ??= load();
    const kubeConfig = await config;
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current cluster');
    const options: RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(options);
    const fingerprint = fingerprintOf(options);
    if (pool?.fingerprint !== fingerprint) {
      // Watches on the old pool end by themselves; closing waits for them.
      void pool?.dispatcher.close();
      pool = { fingerprint, dispatcher: await createDispatcher(kubeConfig, options) };
    }
    const agent = cluster.proxyUrl === undefined || typeof options.agent !== 'object' ? undefined : options.agent;
    return {
      server: new URL(cluster.server),
      headers: headersOf(options),
      socketOptions: { ...pick(options), ...(agent === undefined ? {} : { agent }) },
      dispatcher: pool.dispatcher,
    };
  }

  return {
    current(renew = false) {
      const age = latest === undefined ? Infinity : clock.now() - latest.at;
      if (latest !== undefined && !renew && age >= 0 && age < FRESH_FOR) return latest.value;
      const entry = { at: clock.now(), value: evaluate() };
      latest = entry;
      entry.value.catch(() => {
        // The caller sees the error; the next one must ask again instead of being handed the same failure.
        if (latest === entry) latest = undefined;
      });
      return entry.value;
    },
    close: async () => pool?.dispatcher.close(),
    destroy: () => void pool?.dispatcher.destroy(),
  };
}

function pick(options: RequestOptions): TlsOptions {
  return Object.fromEntries(
    TLS_FIELDS.flatMap((field) => (options[field] === undefined ? [] : [[field, options[field]]])),
  );
}

/** Certificates and keys come as Buffers or text; a change of any means new connections. */
function fingerprintOf(options: RequestOptions): string {
  return JSON.stringify(TLS_FIELDS.map((field) => options[field] ?? null));
}

function headersOf(options: RequestOptions): Record<string, string> {
  const given = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]);
  const basic = options.auth ? [['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`]] : [];
  return Object.fromEntries([...given, ...basic]);
}

async function createDispatcher(kubeConfig: KubeConfig, options: RequestOptions): Promise<Dispatcher> {
  const description = kubeConfig.createDispatcherOptions(kubeConfig.getCurrentCluster(), pick(options));
  const pooling = { keepAliveTimeout: IDLE_SOCKET, pipelining: 1 };
  switch (description.type) {
    case 'none':
      return new Agent({ ...pooling, connect: { keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE } });
    case 'agent':
      return new Agent({ ...pooling, connect: description.connect as Agent.Options['connect'] & object });
    case 'proxy':
      return new ProxyAgent({
        ...pooling,
        uri: description.uri,
        requestTls: description.requestTls as ProxyAgent.Options['requestTls'] & object,
      });
    case 'socks':
      return socksDispatcher(kubeConfig);
  }
}

/** client-node's SOCKS connector is internal; the dispatcher it would use for a request of its own is not. */
async function socksDispatcher(kubeConfig: KubeConfig): Promise<Dispatcher> {
  const context = new RequestContext('http://unused', HttpMethod.GET);
  await kubeConfig.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  if (dispatcher === undefined) throw new Error('the kubeconfig names a SOCKS proxy that client-node does not support');
  return dispatcher;
}
