// From what was typed to an exit code. What a command does is loaded only when it is asked for, so that help and errors come at once.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandError } from './command-error.ts';
import type { Work } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** As `kubectl_complete-proxymode`, by which kubectl asks what could be typed next. */
export async function runCompletion(args: readonly string[], terminal: Terminal): Promise<number> {
  const { runComplete } = await import('./completion/run-complete.ts');
  return runComplete(
    createProgram(terminal, () => Promise.resolve()),
    args,
    terminal,
  );
}

/** Resolves with the exit code; never rejects for what a person can mend. `args` without node and script. */
export async function runCommand(args: readonly string[], terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  let code: number = EXIT.ready;
  const program = createProgram(terminal, async (work) => {
    code = await work(terminal, interrupt);
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

function createProgram(terminal: Terminal, run: (work: Work) => Promise<void>): Command {
  const program = new Command('kubectl proxymode')
    .usage('COMMAND [options]')
    .description('Moves a live cluster from one kube-proxy mode to another, node by node.')
    .version(packageJson.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .showSuggestionAfterError();
  for (const add of COMMANDS) add(program, run);
  return program;
}
