// `explain` as it is typed.
import { withClusterFlags, withObjectOutput, type AddCommand } from '../command.ts';
import type { ExplainOptions } from './run-explain.ts';

type Typed = Omit<ExplainOptions, 'node' | 'migration'> & { readonly migration?: string };

export const addExplain: AddCommand = (program, run) => {
  withClusterFlags(withObjectOutput(program.command('explain <node>')), '30s')
    .summary('what was decided about one node, and everything it rests on')
    .description(
      'What was decided about one node, and everything it rests on: what preflight rules found, what was changed to make it ready, what it ran before, what the new kube-proxy answered, how often and when. Only reads.',
    )
    .option('-m, --migration <name>', 'whose record; otherwise the newest one')
    .addHelpText('after', AFTER)
    .action((node: string, { migration, ...flags }: Typed) =>
      run(async (terminal, interrupt) => {
        const { runExplain } = await import('./run-explain.ts');
        return runExplain({ ...flags, node, migration }, terminal, interrupt);
      }),
    );
};

const AFTER = `
Exit codes:
  0  the node has a record
  1  wrong usage, no connection, no such record: nothing was found out
  2  the node is Stranded: look at it first
`;
