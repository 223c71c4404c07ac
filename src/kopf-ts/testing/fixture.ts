// One fake API server, one connection, one log: what most of the runtime's tests begin with.
import { KubeConfig } from '@kubernetes/client-node';
import {
  createOperator,
  connect,
  systemClock,
  type Connection,
  type KubeObject,
  type Operator,
  type OperatorOptions,
} from '../index.ts';
import type { Clock, Resource } from '../types.ts';
import { startFakeApiServer, type FakeApiServer } from './fake-api-server.ts';
import { createMemoryLog, type MemoryLog } from './memory-log.ts';

export type Widget = KubeObject & {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly size?: number };
};

export const WIDGETS: Resource<Widget> = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: false,
};
export const WIDGET_PATH = '/apis/example.dev/v1/widgets';

export type Fixture = {
  readonly server: FakeApiServer;
  readonly connection: Connection;
  readonly log: MemoryLog;
  widget(name: string, fields?: Partial<Widget>): Widget;
  operator(options?: Partial<OperatorOptions>): Operator;
  /** Runs it; the returned function stops it and waits for the end. */
  run(operator: Operator): () => Promise<void>;
  /** Warnings and errors logged so far. */
  complaints(): readonly string[];
  close(): Promise<void>;
};

export async function startFixture(clock: Clock = systemClock): Promise<Fixture> {
  const server = await startFakeApiServer();
  const log = createMemoryLog();
  // Loaded here, and not by `connect` on first use: on a busy machine that would be part of the first test's time.
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(server.kubeConfig);
  const connection = connect({
    kubeConfig,
    fieldManager: 'test',
    userAgent: 'test/1',
    clock,
    log,
    random: () => 0.5,
  });
  return {
    server,
    connection,
    log,
    widget: (name, fields = {}) =>
      server.objects.put(`${WIDGET_PATH}/${name}`, {
        ...fields,
        metadata: { ...fields.metadata, name },
      }),
    operator: (options) => createOperator({ name: 'test', connection, clock, log, random: () => 0.5, ...options }),
    run(operator) {
      const stop = new AbortController();
      const running = operator.run(stop.signal);
      return () => {
        stop.abort();
        return running;
      };
    },
    complaints: () =>
      log.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message),
    async close() {
      connection.destroy();
      await server.close();
    },
  };
}
