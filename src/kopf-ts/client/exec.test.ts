import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionDestroyed } from '../errors.ts';
import { statusAnswer } from '../testing/fake-api-server.ts';
import { frame, serveExec, type FakeExec } from '../testing/fake-exec.ts';
import { startFixture, type Fixture } from '../testing/fixture.ts';
import { until } from '../testing/until.ts';
import type { ExecOptions, ExecOutcome } from '../types.ts';

const POD = { name: 'helper', namespace: 'ops' };
const SUCCESS = JSON.stringify({ metadata: {}, status: 'Success' });

describe('exec', () => {
  let fixture: Fixture;
  let kubelet: FakeExec;
  beforeEach(async () => {
    fixture = await startFixture();
    kubelet = serveExec(fixture.server.http);
  });
  afterEach(async () => {
    for (const socket of kubelet.sockets) socket.terminate();
    await fixture.close();
  });

  function run(command: ExecOptions['command'], options: Partial<ExecOptions> = {}): Promise<ExecOutcome> {
    return fixture.connection.client.exec(POD, { command, timeout: 10_000, maxOutput: 1024 * 1024, ...options });
  }
  const node = (script: string, options?: Partial<ExecOptions>): Promise<ExecOutcome> =>
    run([process.execPath, '-e', script], options);
  async function failure(promise: Promise<unknown>): Promise<ApiError> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof ApiError) return error;
    throw new Error('expected an ApiError', { cause: error });
  }

  it('tells exit code, output and complaints apart', async () => {
    expect(await node('console.log("out"); console.error("err"); process.exitCode = 3')).toEqual({
      kind: 'exited',
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
    expect(await run(['true'])).toMatchObject({ code: 0, stdout: '' });
  });

  it('passes every argument as it is, and asks for what it needs', async () => {
    const words = ['', ' ', '-n', '$(id)', "it's", '"', '\\', 'a\nb', 'é😀', 'a&command=b', '%20'];
    const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const outcome = await run([process.execPath, '-e', print, '--', ...words], { container: 'main' });
    expect(outcome).toMatchObject({ stdout: JSON.stringify(words) });
    expect(kubelet.targets[0]).toMatch(
      /^\/api\/v1\/namespaces\/ops\/pods\/helper\/exec\?stdout=true&stderr=true&container=main&command=/,
    );
  });

  it('feeds the command and tells it that there is no more', async () => {
    const text = 'x'.repeat(100_000) + 'é';
    expect(await run(['cat'], { stdin: text })).toMatchObject({ code: 0, stdout: text });
    expect(await run(['cat'], { stdin: '' })).toMatchObject({ code: 0, stdout: '' });
  });

  it('does not mind a command that ends without reading', async () => {
    expect(await run(['true'], { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 });
  });

  it('keeps so much of the output as it was told to, of each stream, and reads on', async () => {
    const flood =
      'process.stdout.write("o".repeat(300000)); process.stderr.write("é".repeat(10)); process.exitCode = 7';
    expect(await node(flood, { maxOutput: 20 })).toEqual({
      kind: 'exited',
      code: 7,
      stdout: 'o'.repeat(20),
      stderr: 'é'.repeat(10),
      truncated: true,
    });
  });

  it('gives up waiting, and says what was said so far', async () => {
    kubelet.behaviour = { kind: 'script', play: (socket) => socket.send(frame(1, 'so far\n')) };
    expect(await run(['x'], { timeout: 300 })).toEqual({ kind: 'timedOut', stdout: 'so far\n', stderr: '' });
    await until(() => [...kubelet.sockets].every((socket) => socket.readyState === 3));
  });

  it('speaks v4 where there is no v5, but feeds nothing then', async () => {
    kubelet.protocols = ['v4.channel.k8s.io'];
    expect(await run(['echo', 'v4'])).toMatchObject({ stdout: 'v4\n' });
    expect(await failure(run(['cat'], { stdin: 'x' }))).toMatchObject({
      reason: 'UnsupportedProtocol',
      outcome: 'refused',
    });
    kubelet.protocols = ['v5.channel.k8s.io'];
    expect(await run(['cat'], { stdin: 'x' })).toMatchObject({ stdout: 'x' });
  });

  it('does not take a refusal of rights for a missing protocol', async () => {
    const body = JSON.stringify(statusAnswer(403, 'Forbidden', 'pods "helper" is forbidden').body);
    kubelet.behaviour = { kind: 'refuse', status: 403, body };
    expect(await failure(run(['cat'], { stdin: 'x' }))).toMatchObject({
      status: 403,
      reason: 'Forbidden',
      resource: 'pods/exec',
      outcome: 'refused',
    });
  });

  it('says in the runtime’s words that a program cannot be started', async () => {
    const error = await failure(run(['no-such-program']));
    expect(error).toMatchObject({ status: 500, reason: 'InternalError', outcome: 'unknown' });
    expect(error.message).toContain('no-such-program');
  });

  it('waits for output that comes after the result, until the other side closes', async () => {
    kubelet.behaviour = {
      kind: 'script',
      play(socket) {
        socket.send(frame(3, SUCCESS));
        socket.send(frame(1, 'late'));
        socket.close(1000);
      },
    };
    expect(await run(['x'])).toMatchObject({ code: 0, stdout: 'late' });
  });

  it('does not wait for ever for a server that never closes', async () => {
    kubelet.behaviour = { kind: 'script', play: (socket) => socket.send(frame(3, SUCCESS)) };
    expect(await run(['x'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['nothing', '', 'the connection ended before the command did'],
    ['what is no Status', 'oops', 'InternalError: oops'],
    ['a Status that is no object', 'null', 'InternalError: null'],
    [
      'an exit code that is no number',
      '{"reason":"NonZeroExitCode","message":"?","details":{"causes":[{"reason":"ExitCode","message":"x"}]}}',
      'NonZeroExitCode: ?',
    ],
  ])('does not take %s for an exit code', async (_name, result, message) => {
    kubelet.behaviour = {
      kind: 'script',
      play(socket) {
        socket.send(frame(3, result));
        socket.close(1000);
      },
    };
    const error = await failure(run(['x']));
    expect(error.message).toContain(message);
    expect(error.outcome).toBe('unknown');
  });

  it('says that nothing was sent when the API server is not there', async () => {
    await fixture.server.close();
    expect(await failure(run(['x']))).toMatchObject({ status: 0, outcome: 'refused' });
  });

  it('leaves open what happened when the connection breaks', async () => {
    kubelet.behaviour = { kind: 'script', play: (socket) => socket.terminate() };
    expect(await failure(run(['x']))).toMatchObject({ status: 0, outcome: 'unknown' });
  });

  it('refuses a pod that cannot be named in a URL, and sends nothing', async () => {
    const { client } = fixture.connection;
    const options = { command: ['x'], timeout: 1000, maxOutput: 10 } as const;
    await expect(client.exec({ ...POD, name: '..' }, options)).rejects.toThrow('nothing was sent');
    expect(kubelet.targets).toEqual([]);
  });

  it('asks the guard first, and sends nothing when it objects', async () => {
    const guard = (): void => {
      throw new Error('not the leader');
    };
    await expect(run(['x'], { guard })).rejects.toThrow('not the leader');
    expect(kubelet.targets).toEqual([]);
  });

  it('ends with the signal, before and while it runs', async () => {
    kubelet.behaviour = { kind: 'silent' };
    const abort = new AbortController();
    const running = failure(run(['x'], { signal: abort.signal }));
    await until(() => kubelet.sockets.size === 1);
    abort.abort(new Error('enough'));
    expect((await running).message).toContain('enough');
    expect((await failure(run(['x'], { signal: abort.signal }))).message).toContain('enough');
    expect(kubelet.targets).toHaveLength(1);
  });

  it('ends when the connection is destroyed', async () => {
    kubelet.behaviour = { kind: 'silent' };
    const running = failure(run(['x']));
    await until(() => kubelet.sockets.size === 1);
    fixture.connection.destroy();
    expect((await running).cause).toBeInstanceOf(ConnectionDestroyed);
  });
});
