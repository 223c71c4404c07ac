import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import type { PodShell } from '../node/pod-shell.ts';
import type { ShellCommand, ShellResult } from '../node/shell.ts';
import type { TrialTask, Tried } from '../rollout/trial-task.ts';
import { fakeKubeProxy, metricsText, type FakeKubeProxy } from './testing/fake-kube-proxy.ts';
import { createTrials, tryOn, type TrialRuns } from './trials.ts';

const TASK: TrialTask = {
  id: 'trial/n1',
  node: 'n1',
  since: 0,
  mode: 'nftables',
  image: 'kube-proxy:v1.36.3',
  config: 'mode: nftables\n',
  families: ['IPv4'],
  timeout: 300_000,
};
const EXITED = { kind: 'exited', code: 1, stdout: '', stderr: '', truncated: false } as const;

type Bench = {
  readonly tried: Promise<Tried>;
  readonly clock: FakeClock;
  readonly kubeProxy: FakeKubeProxy;
  readonly commands: readonly ShellCommand[];
  readonly ports: readonly number[];
  end(result: ShellResult): void;
  /** Whether the command is still waited for. */
  readonly runs: () => boolean;
  stop(): void;
};

/** A trial in a pod that answers as `kubeProxy` does, after so many refusals. */
function begin({ refusals = 0 } = {}): Bench {
  const clock = createFakeClock();
  const kubeProxy = fakeKubeProxy();
  kubeProxy.mode = 'nftables';
  const commands: ShellCommand[] = [];
  const ports: number[] = [];
  const ending = Promise.withResolvers<ShellResult>();
  const stop = new AbortController();
  let left = refusals;
  let runs = true;
  const shell = {
    run: (command: ShellCommand, signal?: AbortSignal): Promise<ShellResult> => {
      commands.push(command);
      signal?.addEventListener('abort', () => (runs = false), { once: true });
      return ending.promise;
    },
    forward: async (port: number) => {
      ports.push(port);
      if (left-- > 0) throw new Error('connection refused');
      return kubeProxy.dial();
    },
  };
  const tried = tryOn(shell, TASK, { clock, log: createMemoryLog(), signal: stop.signal });
  tried.catch(() => undefined);
  return {
    tried,
    clock,
    kubeProxy,
    commands,
    ports,
    end: ending.resolve,
    runs: () => runs,
    stop: () => stop.abort(new Error('stopped')),
  };
}

async function over({ clock, tried }: Bench): Promise<Tried> {
  let isOver = false;
  void tried.finally(() => (isOver = true)).catch(() => undefined);
  await clock.advanceUntil(() => isOver);
  return tried;
}

describe('a trial', () => {
  it('is passed by a kube-proxy that programs its rules, and is not waited for any longer', async () => {
    const bench = begin();
    bench.kubeProxy.metrics = metricsText({ start: 1_700_000_000, synced: 1_700_000_002 });
    expect(await over(bench)).toEqual({ kind: 'passed', firstSync: 2000 });
    expect([bench.runs(), bench.kubeProxy.open]).toEqual([false, 0]);
  });

  it('gives kube-proxy its configuration, the name of its node and the time the node would have', async () => {
    const bench = begin();
    await over(bench);
    const [command] = bench.commands;
    expect(command).toMatchObject({ stdin: TASK.config, timeout: TASK.timeout });
    expect(command?.argv.slice(3)).toEqual(['sh', 'n1']);
    expect(command?.argv[2]).not.toContain('n1');
    expect(bench.ports).toEqual([10249]);
  });

  it('waits for a kube-proxy that does not answer yet, or has not programmed its rules', async () => {
    const bench = begin({ refusals: 3 });
    bench.kubeProxy.metrics = metricsText({ synced: 0 });
    await bench.clock.advanceUntil(() => bench.kubeProxy.asked.length > 4);
    bench.kubeProxy.metrics = metricsText();
    expect(await over(bench)).toMatchObject({ kind: 'passed' });
  });

  it('fails with the last words of a kube-proxy that ends', async () => {
    const bench = begin({ refusals: Number.POSITIVE_INFINITY });
    const stderr = [
      `I1123 01:57:25.789873     292 supported.go:108] "Dummy VS not created" scheduler="rr"`,
      `E1123 01:57:25.789909     292 server.go:136] "Error running ProxyServer" err="can't use the IPVS proxier: ipvs not supported"`,
    ].join('\n');
    bench.end({ ...EXITED, stderr });
    const why = "it ended with exit code 1: can't use the IPVS proxier: ipvs not supported";
    expect(await over(bench)).toEqual({ kind: 'failed', why });
  });

  it('fails where kube-proxy says nothing, too', async () => {
    const bench = begin({ refusals: Number.POSITIVE_INFINITY });
    bench.end({ ...EXITED, code: 2 });
    expect(await over(bench)).toEqual({ kind: 'failed', why: 'it ended with exit code 2: its log is empty' });
  });

  const events = `E1123 01:57:16.639355 14 event_broadcaster.go:270] "Server rejected event (will not retry!)" err="forbidden"`;
  const silent = `E1123 01:57:46.639355 14 reflector.go:205] "Failed to watch" err="dial tcp 10.96.0.1:443: i/o timeout"`;
  it.each<readonly [string, ShellResult, string]>([
    [
      'it does not come to an end in time',
      { kind: 'timedOut', after: 300_000, stdout: '', stderr: `${silent}\n${events}` },
      'no first sync within 5m; its last words: Failed to watch: dial tcp 10.96.0.1:443: i/o timeout',
    ],
    ['the pod is refused', { kind: 'refused', message: 'serviceaccount "proxymode-trial" not found' }, 'not found'],
    ['the connection breaks', { kind: 'unreachable', message: 'the connection broke' }, 'the connection broke'],
    [
      'the pod is on the network of the node',
      { ...EXITED, code: 97, stderr: 'this pod is on the network of the node\n' },
      'kube-proxy was not started: this pod is on the network of the node',
    ],
    ['the image has no kube-proxy', { ...EXITED, code: 127, stderr: 'sh: kube-proxy: not found' }, 'was not started'],
    ['kube-proxy may not be run', { ...EXITED, code: 126, stderr: 'sh: permission denied' }, 'was not started'],
  ])('is not known where %s, and is not repeated in the same pod', async (_, result, words) => {
    const bench = begin({ refusals: Number.POSITIVE_INFINITY });
    bench.end(result);
    await expect(over(bench)).rejects.toThrow(words);
    await expect(bench.tried).rejects.toMatchObject({ name: 'TaskRefused' });
  });

  it('ends when it is told to', async () => {
    const bench = begin({ refusals: Number.POSITIVE_INFINITY });
    await until(() => bench.commands.length > 0);
    bench.stop();
    bench.end({ kind: 'unreachable', message: 'stopped' });
    await expect(bench.tried).rejects.toThrow('stopped');
    expect(bench.runs()).toBe(false);
  });
});

describe('trials on one node', () => {
  const LATER = { ...TASK, id: 'trial/n1/later', image: 'kube-proxy:v1.36.4' };

  /** Of kube-proxies that do not answer; `run` ends as is said. */
  function several(run: PodShell['run']): { readonly trials: TrialRuns; readonly clock: FakeClock; story: string[] } {
    const clock = createFakeClock();
    const story: string[] = [];
    const trials = createTrials({
      clock,
      log: createMemoryLog(),
      changed: () => undefined,
      open: async ({ image }) => {
        story.push(`open ${image}`);
        const pod: Pick<PodShell, 'run' | 'forward' | 'close'> = {
          run,
          forward: () => new Promise(() => {}),
          close: async () => void story.push(`close ${image}`),
        };
        return pod as PodShell;
      },
    });
    onTestFinished(() => trials.stop());
    return { trials, clock, story };
  }

  it('have a pod each, of their own image, which is gone before the next one is made', async () => {
    const { trials, clock, story } = several(async () => EXITED);
    trials.want([TASK, LATER]);
    await clock.advanceUntil(() => story.length === 4);
    expect(story).toEqual([`open ${TASK.image}`, `close ${TASK.image}`, `open ${LATER.image}`, `close ${LATER.image}`]);
  });

  it('do not wait for one that hangs and is not wanted any more', async () => {
    const { trials, story } = several((_, signal) => {
      const { promise, resolve } = Promise.withResolvers<ShellResult>();
      signal?.addEventListener('abort', () => resolve({ kind: 'unreachable', message: 'given up' }));
      return promise;
    });
    trials.want([TASK]);
    await until(() => story.length === 1);
    trials.want([LATER]);
    await until(() => story.length === 3);
    expect(story).toEqual([`open ${TASK.image}`, `close ${TASK.image}`, `open ${LATER.image}`]);
  });
});

describe('the script of a trial', () => {
  /** As the kubelet would run it, but for where it writes. */
  async function exited(
    addresses: Readonly<Record<string, string>>,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const bench = begin({ refusals: Number.POSITIVE_INFINITY });
    const [command] = bench.commands;
    bench.stop();
    const directory = await mkdtemp(join(tmpdir(), 'proxymode-trial-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const fake = join(directory, 'kube-proxy');
    await writeFile(fake, '#!/bin/sh\necho "started $*"\ncat "${1#--config=}"\n', { mode: 0o755 });
    const [program, ...args] = (command?.argv ?? []).map((part) => part.replaceAll('/tmp/', `${directory}/`));
    const env = { PATH: `${directory}:/usr/local/bin:/usr/bin:/bin`, ...addresses };
    const { status, stdout, stderr } = spawnSync(program ?? '', args, { env, input: command?.stdin, encoding: 'utf8' });
    return { code: status, stdout: stdout.replaceAll(directory, ''), stderr };
  }

  it('starts kube-proxy with its configuration in a network of its own', async () => {
    const { code, stdout } = await exited({ POD_IP: '10.244.0.3', HOST_IP: '10.0.0.1' });
    expect(code).toBe(0);
    expect(stdout).toBe(`started --config=/config.conf --hostname-override=n1\n${TASK.config}`);
  });

  it.each([
    ['on the network of the node', { POD_IP: '10.0.0.1', HOST_IP: '10.0.0.1' }],
    ['where it does not know which network it is on', { POD_IP: '', HOST_IP: '10.0.0.1' }],
  ])('does not start it %s', async (_, addresses) => {
    const { code, stdout, stderr } = await exited(addresses);
    expect([code, stdout]).toEqual([97, '']);
    expect(stderr).toContain('on the network of the node');
  });
});
