// `assess` as it is typed: its flags, its help, its examples.
import { Option, type Command } from 'commander';
import { PROXY_MODES } from '../../api/fields.ts';
import { withClusterFlags, type AddCommand } from '../command.ts';
import { parseAccept, parseTargets, type AssessOptions } from './options.ts';
import { OUTPUTS } from './render/outputs.ts';

/** A flag that is not there has no value. */
type Typed = Omit<AssessOptions, 'fixes' | 'quiet'> & Partial<Pick<AssessOptions, 'fixes' | 'quiet'>>;

export const addAssess: AddCommand = (program, run) => {
  withFlags(program.command('assess')).action(({ fixes = false, quiet = false, ...options }: Typed) =>
    run(async (terminal, interrupt) => {
      const { runAssess } = await import('./run-assess.ts');
      return runAssess({ ...options, fixes, quiet }, terminal, interrupt);
    }),
  );
};

function withFlags(command: Command): Command {
  return withClusterFlags(command, '60s')
    .summary('can I switch, and what would break? Reads only, needs nothing installed in the cluster')
    .description(DESCRIPTION)
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUTS).default('table'))
    .addOption(
      new Option('--target <modes>', 'modes to ask about, separated by commas')
        .argParser(parseTargets)
        .default(PROXY_MODES, PROXY_MODES.join(',')),
    )
    .addOption(
      new Option('--accept <rules>', 'ids of rules you take the responsibility for, separated by commas')
        .argParser(parseAccept)
        .default([], 'none'),
    )
    .option('--fixes', 'every rule and every fix in the table; otherwise what stands in the way')
    .option('--no-nodes', "do not ask each node's kube-proxy by port-forward")
    .option('-q, --quiet', 'no progress on stderr')
    .addHelpText('after', AFTER);
}

const DESCRIPTION = [
  'Can I switch, and what would break? For each target mode, side by side: what stands in the way, what to heed, what',
  'cannot be told, and how to mend it. Only reads: lists, ConfigMaps, and by port-forward what each kube-proxy says of',
  'itself. Works with any user; what your user may not read is reported as not seen, and never counts as fine.',
].join(' ');

const AFTER = `
Exit codes:
  0  every mode asked about is ready (warnings included) or in force
  1  wrong usage, no kubeconfig, no connection: nothing was found out
  2  at least one mode asked about is blocked
  3  none is blocked, but for at least one it cannot be told: a rule that could block did not see enough

Examples:
  kubectl proxymode assess
  kubectl proxymode assess --target nftables --fixes
  kubectl proxymode assess -o markdown > ticket.md
  kubectl proxymode assess -o json | jq '.targets[] | {mode, verdict, blockedBy}'

What is on the nodes themselves (kernel modules, nft, rules of others) is not looked at: no pod is started. Apply a
ProxyModeMigration with spec.dryRun: true for that. The JSON and YAML output keep their shape within a schemaVersion.
`;
