import { afterEach, describe, expect, it } from 'vitest';
import { migrationSpec } from '../api/migration.ts';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog, type MemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import type { ProbeOutputs } from '../preflight/facts/snapshot.ts';
import { answersOf, Surveyor, type Asked } from './surveyor.ts';
import { createFakeClient, type FakeClient } from './testing/fake-client.ts';

const NODES = ['n1', 'n2'].map((name) => ({
  metadata: { name },
  status: { nodeInfo: { kernelVersion: '6.1.0', operatingSystem: 'linux' } },
}));
const ASKED: Asked = {
  spec: migrationSpec.parse({ mode: 'nftables' }),
  wanted: undefined,
  nodes: ['n1', 'n2'],
  readings: { n1: answersOf('iptables', ''), n2: answersOf('iptables', '') },
};
const NOTHING: ProbeOutputs = { programs: 'image', outputs: {} };

type Inspect = (node: string, signal: AbortSignal) => Promise<ProbeOutputs | undefined>;
type Bench = {
  readonly surveyor: Surveyor;
  readonly client: FakeClient;
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly looked: string[];
};

const all: Surveyor[] = [];
afterEach(() => {
  for (const surveyor of all.splice(0)) surveyor.stop();
});

function bench(inspect: Inspect = async () => NOTHING): Bench {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const looked: string[] = [];
  const client = createFakeClient(({ verb, resource }) =>
    verb === 'list' && resource === 'nodes' ? { items: NODES, resourceVersion: '1' } : undefined,
  );
  const surveyor = new Surveyor({
    client,
    clock,
    log,
    changed: () => undefined,
    inspect: async (node, signal) => {
      looked.push(node);
      return inspect(node, signal);
    },
  });
  all.push(surveyor);
  return { surveyor, client, clock, log, looked };
}

function isDone(surveyor: Surveyor, question = 'q'): boolean {
  return surveyor.survey(question)?.kind === 'done';
}

describe('a survey', () => {
  it('lists what the rules read, looks at every node, and is judged', async () => {
    const { surveyor, client, looked } = bench();
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => isDone(surveyor));
    expect(looked).toEqual(['n1', 'n2']);
    expect(client.sent.filter(({ verb }) => verb === 'list').map(({ resource }) => resource)).toContain('services');
    const survey = surveyor.survey('q');
    expect(survey?.kind === 'done' && [...survey.nodes.keys()]).toEqual(['n1', 'n2']);
  });

  it('is made once for a question', async () => {
    const { surveyor, looked } = bench();
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => isDone(surveyor));
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    expect(looked).toHaveLength(2);
  });

  it('is made again when it is too old, and stands until the new one is there', async () => {
    const gate = Promise.withResolvers<ProbeOutputs>();
    let hold = false;
    const { surveyor, clock, looked } = bench(() => (hold ? gate.promise : Promise.resolve(NOTHING)));
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => isDone(surveyor));
    hold = true;
    await clock.advance(1000);
    surveyor.want({ question: 'q', since: clock.now() }, () => ASKED);
    await until(() => looked.length === 4);
    expect(isDone(surveyor)).toBe(true);
    gate.resolve(NOTHING);
    await until(() => {
      const survey = surveyor.survey('q');
      return survey?.kind === 'done' && survey.at === clock.now();
    });
  });

  it('says how far it is', async () => {
    const gate = Promise.withResolvers<ProbeOutputs>();
    const { surveyor } = bench((node) => (node === 'n1' ? Promise.resolve(NOTHING) : gate.promise));
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => surveyor.survey('q') !== undefined);
    expect(surveyor.survey('q')).toEqual({ kind: 'looking', seen: 1, of: 2 });
  });

  it('of another question replaces the one under way, whose answer is not kept', async () => {
    const gate = Promise.withResolvers<ProbeOutputs>();
    let signal: AbortSignal | undefined;
    const { surveyor } = bench((_, on) => {
      signal ??= on;
      return signal === on ? gate.promise : Promise.resolve(NOTHING);
    });
    surveyor.want({ question: 'first', since: 0 }, () => ASKED);
    await until(() => signal !== undefined);
    surveyor.want({ question: 'second', since: 0 }, () => ASKED);
    expect(signal?.aborted).toBe(true);
    await until(() => isDone(surveyor, 'second'));
    gate.resolve(NOTHING);
    expect(surveyor.survey('first')).toBeUndefined();
  });

  it('goes on without a node that cannot be looked at, and says why nothing is known of it', async () => {
    const { surveyor, log } = bench(async (node) => {
      if (node === 'n1') throw new Error('pods is forbidden');
      return NOTHING;
    });
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => isDone(surveyor));
    expect(JSON.stringify(log)).toContain('pods is forbidden');
    const survey = surveyor.survey('q');
    const found = survey?.kind === 'done' ? survey.nodes.get('n1')?.findings : [];
    expect(JSON.stringify(found)).toContain('pods is forbidden');
  });

  it('tries a node once more, after the others, before it says that nothing is known of it', async () => {
    let tries = 0;
    const { surveyor, looked } = bench(async (node) => {
      if (node === 'n1' && ++tries === 1) throw new Error('the helper pod did not start');
      return NOTHING;
    });
    surveyor.want({ question: 'q', since: 0 }, () => ASKED);
    await until(() => isDone(surveyor));
    expect(looked).toEqual(['n1', 'n2', 'n1']);
    const survey = surveyor.survey('q');
    expect(JSON.stringify(survey?.kind === 'done' && survey.nodes.get('n1'))).not.toContain('did not start');
  });

  it('of some nodes looks at no others, and adds to what is known of those before', async () => {
    const { surveyor, looked } = bench();
    surveyor.want({ question: 'q', since: 0, nodes: ['n1'] }, () => ASKED);
    await until(() => isDone(surveyor));
    expect(looked).toEqual(['n1']);
    surveyor.want({ question: 'q', since: 0, nodes: ['n1', 'n2'] }, () => ASKED);
    await until(() => looked.length === 2);
    await until(() => {
      const survey = surveyor.survey('q');
      return survey?.kind === 'done' && survey.nodes.size === 2;
    });
    expect(looked).toEqual(['n1', 'n2']);
  });

  it('that fails again and again is told, and goes on until it does not', async () => {
    let broken = true;
    const asked: Asked = {
      ...ASKED,
      nodesOf: (nodes) => {
        if (broken) throw new Error('names.map is not a function');
        return nodes;
      },
    };
    const { surveyor, clock, log } = bench();
    const failures = (): number => log.lines.filter(({ message }) => message.includes('could not be looked at')).length;
    surveyor.want({ question: 'q', since: 0 }, () => asked);
    for (const [failed, survey] of [
      [1, undefined],
      [2, undefined],
      [3, { kind: 'failing', problem: 'names.map is not a function' }],
    ] as const) {
      await until(() => failures() === failed);
      expect(surveyor.survey('q')).toEqual(survey);
      await until(() => clock.sleepers > 0);
      broken = failed < 3;
      await clock.advance(5000);
    }
    await until(() => isDone(surveyor));
  });

  it('tells nodes that were looked at from those that were away', async () => {
    const { surveyor, clock } = bench();
    surveyor.want({ question: 'q', since: 0 }, () => ({ ...ASKED, nodes: ['n1'] }));
    await until(() => isDone(surveyor));
    const survey = surveyor.survey('q');
    const seen = survey?.kind === 'done' ? [...survey.nodes].map(([name, { lookedAt }]) => [name, lookedAt]) : [];
    expect(seen).toEqual([
      ['n1', clock.now()],
      ['n2', undefined],
    ]);
  });

  it('does not try once more what most nodes have failed at', async () => {
    const nodes = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const { surveyor, looked } = bench(() => Promise.reject(new Error('nobody may make pods')));
    surveyor.want({ question: 'q', since: 0 }, () => ({ ...ASKED, nodes }));
    await until(() => isDone(surveyor));
    expect(looked).toHaveLength(40);
  });
});
