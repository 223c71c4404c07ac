// The operator is ended at every write it makes: before the write, after it, with the write still on its way and arriving
// when its successor has finished; and, without being ended, with the answer lost.
import { describe, expect, it } from 'vitest';
import type { LoggedRequest, Match } from '../../src/simulator/apiserver/request-log.ts';
import { slowNetwork } from './slow-network.ts';
import { differences, over, play, stateOf, type End, type Story } from './story.ts';

const MOMENTS = ['before', 'after', 'late', 'lostReply'] as const;
type Moment = (typeof MOMENTS)[number];

/** Runs side by side: each waits for sockets and for its clock most of the time. */
const AT_ONCE = 4;
const OPERATOR = { userAgent: 'proxymode' };

/** The nth write of a kind to an object. Counted like that, because how many counters are written depends on time. */
type Write = Pick<LoggedRequest, 'verb' | 'resource' | 'subresource' | 'name'> & { readonly nth: number };

/** What came of a disturbed run. `met` is false where it had no such write. */
type Outcome = { readonly end: End; readonly met: boolean };

export function everyWrite(story: Story): void {
  describe(`every write, while ${story.title}`, () => {
    it.each(MOMENTS)(
      'the end is the same with every write disturbed: %s',
      async (moment) => {
        const calm = await undisturbed(story);
        const different: string[] = [];
        const missed: Write[] = [];
        await inLanes(calm.writes, async (write) => {
          const { end, met } = await disturbed(story, write, moment);
          if (!met) missed.push(write);
          different.push(...differences(calm.end, end).map((words) => `${moment} ${nameOf(write)}: ${words}`));
        });
        const met = calm.writes.filter((write) => !missed.includes(write));
        process.stdout.write(`      ${story.title}, ${moment}: ${met.length} writes met: ${tally(met)}\n`);
        expect(different.join('\n')).toBe('');
        expect(missed.filter((write) => !dependsOnTime(write)).map(nameOf)).toEqual([]);
        expect(kinds(met)).toEqual(EXPECTED);
        expect(met.filter((write) => kindOf(write) === RECORDS).length).toBeGreaterThanOrEqual(story.records);
      },
      600_000,
    );
  });
}

const RECORDS = 'patch nodemigrations/status';
const EXPECTED = [
  'create nodemigrations',
  'create selfsubjectaccessreviews',
  'delete pods',
  'patch configmaps',
  RECORDS,
  'patch proxymodemigrations',
  'patch proxymodemigrations/status',
];

/** Counters are held back for a while, what a node waits for is told after a while, and what is overtaken is never written. */
function dependsOnTime({ subresource }: Write): boolean {
  return subresource === 'status';
}

async function undisturbed(story: Story): Promise<{ end: End; writes: readonly Write[] }> {
  let writes: readonly Write[] = [];
  const end = await play(story, async (stage) => {
    stage.startWithoutElection();
    await over(stage, story.end);
    const seen = new Map<string, number>();
    writes = stage.simulator.requests.writes(OPERATOR).map(({ verb, resource, subresource, name }) => {
      // Pods and new records: the name is not known beforehand, or not part of the request's address.
      const what = { verb, resource, subresource, name: resource === 'pods' ? undefined : name, nth: 0 };
      const nth = (seen.get(nameOf(what)) ?? 0) + 1;
      seen.set(nameOf(what), nth);
      return { ...what, nth };
    });
  });
  return { end, writes };
}

async function disturbed(story: Story, write: Write, moment: Moment): Promise<Outcome> {
  if (moment === 'late') return late(story, write);
  let met = false;
  const end = await play(story, (stage) => {
    const operator = stage.startWithoutElection();
    const note = (): void => void (met = true);
    const replace = (): void => {
      note();
      void operator.kill().then(() => stage.startWithoutElection());
    };
    const fault = { match: matchOf(write), nth: write.nth };
    const { faults } = stage.simulator;
    if (moment === 'before') faults.add({ ...fault, kind: 'before', call: () => (replace(), true) });
    else if (moment === 'after') faults.add({ ...fault, kind: 'after', call: replace });
    else faults.add({ ...fault, kind: 'lostReply', call: note });
  });
  return { end, met };
}

function matchOf({ verb, resource, subresource, name }: Write): Match {
  const part = subresource === undefined ? resource : `${resource}/${subresource}`;
  return { ...OPERATOR, verb, resource: part, ...(name === undefined ? {} : { name }) };
}

/** The state after the late write has arrived, and whatever it set off has come to rest. */
async function late(story: Story, write: Write): Promise<Outcome> {
  let end: End = {};
  let met = false;
  await play(story, async (stage) => {
    const finished = Promise.withResolvers<void>();
    let count = 0;
    const network = await slowNetwork(stage.simulator.url, (request) => {
      if (!isIt(request, write) || ++count !== write.nth) return undefined;
      met = true;
      void operator.kill().then(() => stage.startWithoutElection());
      return finished.promise;
    });
    const operator = stage.startWithoutElection({ server: network.url });
    try {
      await over(stage, story.end);
      finished.resolve();
      await network.quiet();
      await over(stage, story.end);
      end = stateOf(stage);
    } finally {
      await network.close();
    }
  });
  return { end, met };
}

const METHODS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

function isIt({ method, path }: { readonly method: string; readonly path: string }, write: Write): boolean {
  const { resource, name, subresource } = ADDRESS.exec(path)?.groups ?? {};
  const sameObject = resource === write.resource && subresource === write.subresource;
  return METHODS[method] === write.verb && sameObject && (write.name === undefined || name === write.name);
}

const ADDRESS =
  /^\/apis?(\/[\w.]+)?\/v\w+(\/namespaces\/[\w-]+)?\/(?<resource>\w+)(\/(?<name>[\w.-]+)(\/(?<subresource>\w+))?)?(\?|$)/;

function nameOf({ verb, resource, subresource, name, nth }: Write): string {
  return [verb, subresource === undefined ? resource : `${resource}/${subresource}`, name, nth || ''].join(' ').trim();
}

function kindOf({ verb, resource, subresource }: Write): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function kinds(writes: readonly Write[]): readonly string[] {
  return [...new Set(writes.map(kindOf))].toSorted();
}

function tally(writes: readonly Write[]): string {
  const count = (kind: string): number => writes.filter((write) => kindOf(write) === kind).length;
  return kinds(writes)
    .map((kind) => `${count(kind)} ${kind}`)
    .join(', ');
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
