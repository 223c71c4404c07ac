// `pause`, `resume`, `retry`, `rollback` and `abort` as they are typed.
import type { Command } from 'commander';
import { withClusterFlags, withObjectOutput, type AddCommand } from '../command.ts';
import type { Verb } from './decide.ts';
import type { ChangeOptions } from './run-change.ts';

type Typed = Omit<ChangeOptions, 'name' | 'verb' | 'wait'> & { readonly wait?: boolean };

type Words = {
  readonly summary: string;
  readonly description: string;
  /** It takes nodes out of their mode, or the migration away: then nobody guesses which one is meant, and there is an end to wait for. */
  readonly grave: boolean;
};

const WORDS: Readonly<Record<Verb, Words>> = {
  pause: {
    summary: 'start no further node',
    description:
      'Starts no further node; nodes in transit are finished, or given back if they fail. Sets spec.paused. Where a pipeline applies the migration, set it there: the next sync would take it back.',
    grave: false,
  },
  resume: {
    summary: 'go on after a pause',
    description: 'Goes on after a pause. Unsets spec.paused.',
    grave: false,
  },
  retry: {
    summary: 'try again what came to a stop',
    description:
      'Tries again what came to a stop: nodes that failed, or what stood in the way, which is otherwise looked at every five minutes. Sets the annotation proxymode.dev/retry to the time.',
    grave: false,
  },
  rollback: {
    summary: 'take every node back to its old mode',
    description:
      'Takes every node back to its old mode. In mid-flight that is the deletion of the migration with spec.onFailure: Rollback: its records go with it, `report` keeps them. After a failure with onFailure: Pause it only sets Rollback.',
    grave: true,
  },
  abort: {
    summary: 'stop for good; nodes that have switched stay',
    description:
      'Stops for good: the ConfigMap gets its old mode back, nodes in transit are finished, switched ones keep their mode until their kube-proxy restarts. It is the deletion of the migration with spec.onFailure: Pause; its records go with it, `report` keeps them.',
    grave: true,
  },
};

export const addChanges: AddCommand = (program, run) => {
  for (const verb of Object.keys(WORDS) as Verb[]) {
    withFlags(program, verb).action((name: string | undefined, { wait = false, ...flags }: Typed) =>
      run(async (terminal, interrupt) => {
        const { runChange } = await import('./run-change.ts');
        return runChange({ ...flags, verb, name, wait }, terminal, interrupt);
      }),
    );
  }
};

function withFlags(program: Command, verb: Verb): Command {
  const { summary, description, grave } = WORDS[verb];
  const command = program.command(`${verb} ${grave ? '<migration>' : '[migration]'}`);
  withClusterFlags(withObjectOutput(command), grave ? '30m' : '30s')
    .summary(summary)
    .description(description);
  if (grave) command.option('--no-wait', 'do not wait until the nodes are in their place');
  return command.addHelpText('after', grave ? AFTER_GRAVE : AFTER);
}

const AFTER = `
Without a name: the only migration, or the only one that is not over.

Exit codes:
  0  done, or it was so already
  1  wrong usage, no connection, no right, no such migration, or it makes no sense now
`;

const AFTER_GRAVE = `
Exit codes:
  0  done, or it was so already
  1  wrong usage, no connection, no right, no such migration, it makes no sense now, or not done in time
  2  on its way a person is needed: see kubectl proxymode status
`;
