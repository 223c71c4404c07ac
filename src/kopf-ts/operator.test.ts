import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, createOperator, systemClock, type Connection, type KubeObject, type Resource } from './index.ts';
import { startFakeApiServer, type FakeApiServer } from './testing/fake-api-server.ts';
import { createMemoryLog } from './testing/memory-log.ts';
import { until } from './testing/until.ts';

type Widget = KubeObject & { readonly spec?: { readonly size: number }; readonly status?: { readonly size: number } };
const WIDGETS: Resource<Widget> = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: false,
};
const PATH = '/apis/example.dev/v1/widgets';

describe('an operator', () => {
  let server: FakeApiServer;
  let connection: Connection;
  const log = createMemoryLog();
  beforeEach(async () => {
    server = await startFakeApiServer();
    connection = connect({
      kubeConfig: server.kubeConfig,
      fieldManager: 'test',
      userAgent: 'test/1',
      clock: systemClock,
      log,
    });
  });
  afterEach(async () => {
    connection.destroy();
    await server.close();
  });

  it('runs', async () => {
    const operator = createOperator({ name: 'test', connection, clock: systemClock, log });
    const seen: (number | undefined)[] = [];
    operator.on.reconcile(WIDGETS, async ({ object, client }) => {
      seen.push(object?.status?.size);
      if (object?.spec && object.status?.size !== object.spec.size)
        await client.mergePatch(WIDGETS, { name: object.metadata.name }, { status: { size: object.spec.size } });
    });
    server.objects.put(`${PATH}/a`, { metadata: { name: 'a' }, spec: { size: 3 } } as Widget);
    const stop = new AbortController();
    const running = operator.run(stop.signal);
    await until(() => seen.includes(3));
    stop.abort();
    await running;
    expect(seen).toEqual([undefined, 3]);
    expect(log.lines.filter((l) => l.level === 'warn' || l.level === 'error')).toEqual([]);
  });
});
