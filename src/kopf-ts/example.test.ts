import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runGreeter } from './example.ts';
import { startFakeApiServer, type FakeApiServer } from './testing/fake-api-server.ts';
import { createMemoryLog } from './testing/memory-log.ts';
import { until } from './testing/until.ts';

let server: FakeApiServer;
beforeEach(async () => {
  server = await startFakeApiServer();
});
afterEach(() => server.close());

it('the README’s operator greets, says so in an event, and writes nothing when there is nothing to do', async () => {
  const path = '/apis/example.dev/v1/greetings/default/world';
  const stop = new AbortController();
  const running = runGreeter(server.kubeConfig, createMemoryLog(), stop.signal);
  server.objects.put(path, { metadata: { name: 'world', namespace: 'default' }, spec: { to: 'world' } } as never);
  await until(() => server.objects.list('/apis/events.k8s.io/v1/events').length === 1);
  expect(server.objects.get(path)).toMatchObject({ status: { message: 'Hello, world!' } });
  const greetings = (): number =>
    server.requests.filter(({ method, path: asked }) => method === 'PATCH' && asked === path).length;
  expect(greetings()).toBe(1);
  stop.abort();
  await running;
  expect(server.objects.list('/apis/events.k8s.io/v1/events')).toMatchObject([
    { reason: 'Greeted', note: 'Hello, world!' },
  ]);
  expect(greetings()).toBe(1);
});

it('is in the README as it stands here', async () => {
  const [readme, example] = await Promise.all(
    ['README.md', 'example.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8')),
  );
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});
