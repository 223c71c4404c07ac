// `npm run bench`: what the operator costs, measured from outside on simulated clusters of 50, 1,000 and 5,000 nodes. Prints one
// figure a line beside its limit, and exits 1 when a limit is exceeded. `--quick` leaves out the 5,000 and takes 500 for the 1,000.
import { isExceeded, median, renderFigures, type Figure } from './figure.ts';
import { byKind, laterLists, slotTimes } from './requests.ts';
import { rollOut, type Rollout, type RolloutOptions } from './rollout.ts';

const LIMITS = { requests: 15, growth: 1.1, lists: 0, statusBytes: 50_000, resident: 200, slotTime: 100 } as const;
/** A tenth of the nodes at once, as maxUnavailable: 10% would have it. */
const SHARE = 0.1;
/** To look at 5,000 simulated nodes takes most of it. */
const PATIENCE = 900_000;
const SHOWN = 6;

const quick = process.argv.includes('--quick');
const [few, many, most] = [50, quick ? 500 : 1000, quick ? undefined : 5000];

async function main(): Promise<number> {
  const small = await measure({ nodes: few });
  const large = await measure({ nodes: many });
  const huge = most === undefined ? undefined : await measure({ nodes: most, enough: 300 });
  const figures = [
    ...perNode(small, large),
    ...waiting([small, large]),
    ...size(huge ?? large),
    ...told([small, large, huge]),
  ];
  console.log(`\n${renderFigures(figures).join('\n')}`);
  const exceeded = figures.filter(isExceeded);
  const unfinished = [small, large, huge].filter((run) => run?.problem !== undefined);
  const bad = exceeded.length + unfinished.length;
  console.log(
    bad === 0
      ? '\nevery figure keeps to its limit'
      : `\n${exceeded.length} figure(s) exceed their limit, ${unfinished.length} rollout(s) did not finish`,
  );
  return bad === 0 ? 0 : 1;
}

async function measure({ nodes, enough }: Pick<RolloutOptions, 'nodes' | 'enough'>): Promise<Rollout> {
  const slots = Math.floor(nodes * SHARE);
  const run = await rollOut({ nodes, slots, patience: PATIENCE, ...(enough === undefined ? {} : { enough }) });
  console.log(`${nodes} nodes, ${slots} at once: ${run.switched} switched in ${(run.duration / 1000).toFixed(0)} s`);
  if (run.problem !== undefined) console.log(`  ${run.problem}`);
  else if (enough === undefined) console.log(`  requests per node: ${breakdown(run)}`);
  return run;
}

function breakdown({ requests, nodes }: Rollout): string {
  return byKind(requests)
    .slice(0, SHOWN)
    .map(([kind, count]) => `${(count / nodes).toFixed(1)} ${kind}`)
    .join(', ');
}

function requestsPerNode({ requests, switched }: Rollout): number {
  return requests.length / switched;
}

function perNode(small: Rollout, large: Rollout): Figure[] {
  const each = [small, large].map((run): Figure => ({
    name: `requests per switched node, ${run.nodes} nodes`,
    value: requestsPerNode(run),
    unit: '',
    limit: LIMITS.requests,
  }));
  const growth = requestsPerNode(large) / requestsPerNode(small);
  const lists = laterLists(small.requests) + laterLists(large.requests);
  return [
    ...each,
    {
      name: `the same, ${large.nodes} nodes to ${small.nodes} nodes`,
      value: growth,
      unit: 'times',
      limit: LIMITS.growth,
    },
    { name: 'lists after the first ones', value: lists, unit: '', limit: LIMITS.lists },
  ];
}

/** Where a hundred nodes finish at once, the API's throughput is measured, not the operator: there it is only told. */
function waiting(runs: readonly Rollout[]): Figure[] {
  return runs.map((run) => ({
    name: `node verified to next pod deleted, median, ${run.nodes} nodes`,
    value: slotTime(run),
    unit: 'ms',
    limit: run.nodes === few ? LIMITS.slotTime : undefined,
  }));
}

function slotTime({ verifiedAt, deletedAt, nodes }: Rollout): number {
  return median(slotTimes(verifiedAt, deletedAt, Math.floor(nodes * SHARE)));
}

function size({ nodes, statusBytes, memory }: Rollout): Figure[] {
  return [
    { name: `status of the migration, ${nodes} nodes`, value: statusBytes, unit: 'bytes', limit: LIMITS.statusBytes },
    { name: `operator's resident memory, ${nodes} nodes`, value: memory.resident, unit: 'MB', limit: LIMITS.resident },
  ];
}

function told(runs: readonly (Rollout | undefined)[]): Figure[] {
  return runs.flatMap((run) => {
    if (run === undefined) return [];
    const at = `${run.nodes} nodes`;
    return [
      { name: `peak of resident memory, ${at}`, value: run.memory.peak, unit: 'MB', limit: undefined },
      {
        name: `migration created to first pod deleted, ${at}`,
        value: run.firstDeletion / 1000,
        unit: 's',
        limit: undefined,
      },
      {
        name: `operator's processor time per switched node, ${at}`,
        value: (run.processorTime / run.switched) * 1000,
        unit: 'ms',
        limit: undefined,
      },
    ];
  });
}

process.exitCode = await main();
