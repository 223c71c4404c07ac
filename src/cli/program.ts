// The commands and their flags. What a command does is loaded only when it is asked for, so that help and errors come at once.
import { Command, CommanderError, Option } from 'commander';
import { CommandError } from './command-error.ts';
import { parseAccept, parseTargets, parseTimeout, type AssessOptions } from './assess/options.ts';
import { OUTPUTS } from './assess/render/outputs.ts';
import { PROXY_MODES } from '../api/fields.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** A flag that is not there has no value. */
type Typed = Omit<AssessOptions, 'fixes' | 'quiet'> & Partial<Pick<AssessOptions, 'fixes' | 'quiet'>>;

/** Resolves with the exit code; never rejects for what a person can mend. `args` without node and script. */
export async function runCommand(args: readonly string[], terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  let code: number = EXIT.ready;
  const program = new Command('kubectl-proxymode')
    .usage('COMMAND [flags]')
    .description('Moves a live cluster from one kube-proxy mode to another, node by node.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .showSuggestionAfterError();
  assessCommand(program).action(async ({ fixes = false, quiet = false, ...options }: Typed) => {
    const { runAssess } = await import('./assess/run-assess.ts');
    code = await runAssess({ ...options, fixes, quiet }, terminal, interrupt);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ready : EXIT.failed;
    if (!(error instanceof CommandError)) throw error;
    terminal.stderr.write(`kubectl proxymode: ${error.message}\n`);
    return EXIT.failed;
  }
}

function assessCommand(program: Command): Command {
  return program
    .command('assess')
    .summary('Can I switch, and what would break? Reads only, and needs nothing installed in the cluster.')
    .description(DESCRIPTION)
    .option('--kubeconfig <path>', 'kubeconfig file; otherwise KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'context in it; otherwise the current one')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUTS).default('table'))
    .addOption(
      new Option('--target <modes>', 'modes to ask about')
        .argParser(parseTargets)
        .default(PROXY_MODES, PROXY_MODES.join(',')),
    )
    .addOption(
      new Option('--accept <rules>', 'ids of rules you take the responsibility for')
        .argParser(parseAccept)
        .default([], 'none'),
    )
    .option('--fixes', 'every rule and every fix in the table; otherwise what stands in the way')
    .option('--nodes', "ask each node's kube-proxy by port-forward, where you may; the default", true)
    .option('--no-nodes', 'do not')
    .addOption(new Option('--timeout <duration>', 'for all of it').argParser(parseTimeout).default(60_000, '60s'))
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
