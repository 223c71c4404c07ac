// `plan` as it is typed.
import { Option } from 'commander';
import { PROXY_MODES } from '../../api/fields.ts';
import { withClusterFlags, withObjectOutput, type AddCommand } from '../command.ts';
import type { PlanOptions } from './run-plan.ts';

type Typed = Omit<PlanOptions, 'name' | 'mode' | 'filename'> & Partial<Pick<PlanOptions, 'mode' | 'filename'>>;

export const addPlan: AddCommand = (program, run) => {
  withClusterFlags(withObjectOutput(program.command('plan [migration]')), '5m')
    .summary('what would be done: in the way, the change, the order; nothing is touched')
    .description(DESCRIPTION)
    .addOption(new Option('--mode <mode>', 'plan a migration of all nodes to it').choices(PROXY_MODES))
    .option('-f, --filename <path>', 'plan the migration in this file')
    .addHelpText('after', AFTER)
    .action((name: string | undefined, { mode, filename, ...flags }: Typed) =>
      run(async (terminal, interrupt) => {
        const { runPlan } = await import('./run-plan.ts');
        return runPlan({ ...flags, name, mode, filename }, terminal, interrupt);
      }),
    );
};

const DESCRIPTION = [
  'What a migration would do: the rules that stand in the way and how to mend it, the change to the configuration, the order',
  'of nodes. With --mode or --filename a migration with spec.dryRun is made, its answer awaited, and it is deleted again: the',
  'operator looks at the nodes as it would before a real one, and touches nothing. Otherwise the plan of a migration that is there.',
].join(' ');

const AFTER = `
Exit codes:
  0  planned, and nothing stands in the way
  1  wrong usage, no connection, no right, no answer in time
  2  something stands in the way, or the migration has come to a stop
  3  there is no plan yet

Examples:
  kubectl proxymode plan --mode nftables
  kubectl proxymode plan -f to-nftables.yaml
`;
