// Trouble between the operator and the API server, and between the operator and others. The end has to be that of the
// undisturbed run, whatever was slow, stale, refused or cut.
import { beforeAll, describe, expect, it } from 'vitest';
import type { ProxyModeMigration } from '../../src/api/kinds.ts';
import type { Match } from '../../src/simulator/apiserver/request-log.ts';
import { configText, writeConfig } from '../scenarios/cluster.ts';
import { retry, stalled } from '../scenarios/actions.ts';
import { seededRandom } from '../../src/simulator/world/seeded-random.ts';
import type { SimulatorStage } from '../scenarios/simulator-stage.ts';
import { differences, over, play, recordsOf, SWITCHED, type End } from './story.ts';

const OPERATOR = { userAgent: 'proxymode' };
const WATCHED = ['pods', 'configmaps', 'nodes', 'nodemigrations', 'proxymodemigrations', 'daemonsets'] as const;

let calm: End;
beforeAll(async () => {
  calm = await play(SWITCHED, (stage) => void stage.startWithoutElection());
});

async function reached(stage: SimulatorStage, node: string, phases: readonly string[]): Promise<void> {
  const there = (): boolean =>
    recordsOf(stage).some(({ spec, status }) => spec.nodeName === node && phases.includes(status?.phase ?? ''));
  await stage.until(`${node} to be ${phases.join(' or ')}`, there, 3_600_000);
}

describe.concurrent('chaos', () => {
  it.each(WATCHED)('a restarted operator that sees only old %s deletes nothing twice', async (resource) => {
    const end = await play(SWITCHED, async (stage) => {
      const { watches } = stage.simulator.faults;
      const first = stage.startWithoutElection();
      await reached(stage, 'n2', ['Switching']);
      const thaw = watches.freeze({ ...OPERATOR, resource });
      await first.kill();
      stage.startWithoutElection();
      // Long enough for anything that it would do on the strength of what it sees.
      await stage.clock.sleep(20_000);
      const most = Math.max(...stage.simulator.nodes.map((node) => node.podDeletions));
      expect(most, 'deletions of any node meanwhile').toBeLessThanOrEqual(1);
      thaw();
    });
    expect(differences(calm, end)).toEqual([]);
  });

  it('half-open watches are noticed and replaced', async () => {
    const end = await play(SWITCHED, async (stage) => {
      stage.startWithoutElection();
      await reached(stage, 'n3', ['Switching']);
      // Those that are open now say nothing any more; new ones are well.
      stage.simulator.faults.watches.stall(OPERATOR)();
    });
    expect(differences(calm, end)).toEqual([]);
  });

  const REFUSALS: readonly { readonly words: string; readonly status: number; readonly retryAfter?: number }[] = [
    { words: '429 with Retry-After', status: 429, retryAfter: 3 },
    { words: '500', status: 500 },
    { words: '503', status: 503 },
    { words: '504', status: 504 },
  ];
  it.each(REFUSALS)('$words for a third of all requests, whatever they ask for', async ({ status, retryAfter }) => {
    let fired = 0;
    const random = seededRandom(status);
    const end = await play(SWITCHED, async (stage) => {
      const reply = {
        kind: 'reply',
        status,
        match: OPERATOR,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      } as const;
      const unlucky = Array.from({ length: 90 }, (_, i) => i + 1).filter(() => random() < 1 / 3);
      const armed = unlucky.map((nth) => stage.simulator.faults.add({ ...reply, nth }));
      stage.startWithoutElection();
      await over(stage, 'Succeeded');
      fired = armed.filter((fault) => fault.fired > 0).length;
    });
    expect(fired).toBeGreaterThan(10);
    expect(differences(calm, end)).toEqual([]);
  });

  it.each(['event', 'status'] as const)('410 for every watch, told as %s', async (as) => {
    const end = await play(SWITCHED, async (stage) => {
      const { watches } = stage.simulator.faults;
      stage.startWithoutElection();
      for (const node of ['n2', 'n3', 'n1']) {
        await reached(stage, node, ['Switching', 'Verifying']);
        for (const resource of WATCHED) watches.expire(as, { ...OPERATOR, resource });
        watches.cut(OPERATOR);
      }
    });
    expect(differences(calm, end)).toEqual([]);
  });

  it('connections that break in the middle of answers', async () => {
    const end = await play(SWITCHED, async (stage) => {
      const matches: readonly Match[] = ['create', 'patch', 'delete'].map((verb) => ({
        ...OPERATOR,
        verb: verb as 'patch',
      }));
      for (const match of matches)
        for (let nth = 1; nth < 12; nth += 2) stage.simulator.faults.add({ kind: 'lostReply', match, nth });
      stage.startWithoutElection();
      await reached(stage, 'n3', ['Switching', 'Verifying']);
      stage.simulator.faults.watches.cut(OPERATOR);
    });
    expect(differences(calm, end)).toEqual([]);
  });

  it('an API server that has just come back refuses everything for a second: that is no missing right', async () => {
    const stalls: string[] = [];
    let blind = 0;
    const disturb = async (stage: SimulatorStage): Promise<void> => {
      const { api, faults, requests, store } = stage.simulator;
      store.subscribe(({ object }) => {
        const { conditions = [], message = '' } = (object as ProxyModeMigration).status ?? {};
        if (conditions.some(({ type, status }) => type === 'Stalled' && status === 'True')) stalls.push(message);
      });
      stage.startWithoutElection();
      await reached(stage, 'n3', ['Switching', 'Verifying']);
      // A real one whose roles are not loaded yet.
      const allow = api.deny({ user: 'proxymode' });
      faults.watches.cut(OPERATOR);
      await stage.clock.sleep(1000);
      allow();
      const allowed = stage.clock.now();
      await over(stage, 'Succeeded');
      const reopened = WATCHED.map(
        (resource) =>
          requests.entries.find(
            (entry) =>
              entry.verb === 'watch' && entry.resource === resource && entry.at > allowed && entry.status !== 403,
          )?.at ?? Number.POSITIVE_INFINITY,
      );
      blind = Math.max(...reopened) - allowed;
    };
    // So slowly that a busy machine cannot be mistaken for a long wait.
    const end = await play(SWITCHED, disturb, { speed: 2 });
    expect(differences(calm, end)).toEqual([]);
    expect(stalls).toEqual([]);
    expect(blind, 'milliseconds until all watches are open again').toBeLessThan(6000);
  });

  it('a ConfigMap that somebody reverts every five seconds stops the migration, and nothing flaps', async () => {
    const end = await play(SWITCHED, async (stage) => {
      const original = await configText(stage);
      stage.startWithoutElection();
      await reached(stage, 'n2', ['Switching']);
      const until = stage.clock.now() + 120_000;
      while (stage.clock.now() < until) {
        await writeConfig(stage, original);
        await stage.clock.sleep(5000);
      }
      await stalled(stage, 'm', 'ConfigMapChanged');
      expect(stage.simulator.requests.writes({ ...OPERATOR, resource: 'configmaps' })).toHaveLength(1);
      expect(stage.simulator.requests.writes(OPERATOR).length).toBeLessThan(30);
      const deletions = Object.fromEntries(stage.simulator.nodes.map((node) => [node.name, node.podDeletions]));
      expect(deletions).toEqual({ n1: 0, n2: 1, n3: 0 });
      await retry(stage, 'm');
    });
    expect(end).toMatchObject({ phase: 'Succeeded', modes: calm['modes'], config: calm['config'] });
  });
});
