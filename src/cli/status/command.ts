// `status` as it is typed.
import { withClusterFlags, withObjectOutput, type AddCommand } from '../command.ts';
import type { StatusOptions } from './run-status.ts';

type Typed = Omit<StatusOptions, 'name' | 'watch'> & { readonly watch?: boolean };

export const addStatus: AddCommand = (program, run) => {
  withClusterFlags(withObjectOutput(program.command('status [migration]')), '30s')
    .summary('how far a migration is, where each node stands, and what can be done')
    .description(DESCRIPTION)
    .option('-w, --watch', 'draw it as it goes, until it ends or needs a person')
    .addHelpText('after', AFTER)
    .action((name: string | undefined, { watch = false, ...flags }: Typed) =>
      run(async (terminal, interrupt) => {
        const { runStatus } = await import('./run-status.ts');
        return runStatus({ ...flags, name, watch }, terminal, interrupt);
      }),
    );
};

const DESCRIPTION = [
  'How far a migration is, where each node stands, how long it will take, what went wrong, and what can be done. Without a',
  'name: the only migration, or the only one that is not over; otherwise all of them, a line each. Only reads.',
].join(' ');

const AFTER = `
Exit codes:
  0  done, planned, paused or on its way
  1  wrong usage, no connection, no such migration: nothing was found out
  2  stalled: a person is needed

Without a terminal --watch prints a line for each change. Zones need the right to list nodes.
`;
