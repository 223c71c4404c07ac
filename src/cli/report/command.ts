// `report` as it is typed.
import { Option } from 'commander';
import { withClusterFlags, type AddCommand } from '../command.ts';
import { REPORT_OUTPUTS } from './outputs.ts';
import type { ReportOptions } from './run-report.ts';

type Typed = Omit<ReportOptions, 'name' | 'file'> & { readonly file?: string };

export const addReport: AddCommand = (program, run) => {
  withClusterFlags(program.command('report [migration]'), '60s')
    .summary('one file for a change ticket: what was decided and why, and the evidence of each node')
    .description(DESCRIPTION)
    .addOption(new Option('-o, --output <format>', 'what to write').choices(REPORT_OUTPUTS).default('html'))
    .option('--file <path>', 'where to; otherwise to stdout')
    .addHelpText('after', AFTER)
    .action((name: string | undefined, { file, ...flags }: Typed) =>
      run(async (terminal, interrupt) => {
        const { runReport } = await import('./run-report.ts');
        return runReport({ ...flags, name, file }, terminal, interrupt);
      }),
    );
};

const DESCRIPTION = [
  'One file for a change ticket: what was decided and why, what the preflight found, the change to the configuration, when each node',
  'was on its way, and the evidence of each node. The page needs no network and runs no script. Write it before the migration is',
  'deleted: its records go with it. Only reads; zones need the right to list nodes.',
].join(' ');

const AFTER = `
Exit codes:
  0  written
  1  wrong usage, no connection, no such migration, or the file cannot be written

Examples:
  kubectl proxymode report to-nftables > to-nftables.html
  kubectl proxymode report -o markdown --file ticket.md
  kubectl proxymode report -o json | jq .figures
`;
