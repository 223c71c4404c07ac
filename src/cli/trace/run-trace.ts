// `trace`: a node's rules in, from recorded files or as they were just read, the way of a connection out.
import { traceService, type TraceQuestion } from '../../dataplane/trace/trace.ts';
import type { Recorded } from '../../dataplane/recording/read-recording.ts';
import { endSentence, wrongSentence } from '../../dataplane/trace/sentence.ts';
import { loadRecording, type RecordingFlags } from '../audit/load-recording.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-codes.ts';
import { harmless } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { renderTrace } from './render-trace.ts';

export type TraceOptions = {
  readonly flags: RecordingFlags;
  readonly question: TraceQuestion;
  readonly output: 'text' | 'json';
};

/** @throws CommandError */
export function runTrace({ flags, ...asked }: TraceOptions, terminal: Terminal): number {
  return tellTrace(loadRecording(flags), asked, terminal);
}

/** The exit code. @throws CommandError */
export function tellTrace(
  recorded: Recorded,
  { question, output }: Omit<TraceOptions, 'flags'>,
  { stdout, paint }: Terminal,
): number {
  const answer = traceService(recorded, question);
  if (answer.kind === 'nothing') {
    if (!answer.found) throw new CommandError(answer.why);
    stdout.write(
      output === 'json'
        ? `${JSON.stringify({ schemaVersion: 1, traces: [], why: answer.why }, undefined, 2)}\n`
        : `${answer.why}\n`,
    );
    return EXIT.ready;
  }
  const traces = harmless(answer.traces);
  if (output === 'json') {
    const told = traces.map((trace) => ({ ...trace, end: endSentence(trace), wrong: wrongSentence(trace) ?? null }));
    stdout.write(
      `${JSON.stringify({ schemaVersion: 1, node: answer.demand.view.name, mode: answer.demand.mode, traces: told }, undefined, 2)}\n`,
    );
  } else {
    const { view, mode } = answer.demand;
    const head = `${view.name}, mode ${mode}`;
    stdout.write(`${[head, ...traces.flatMap((trace) => ['', ...renderTrace(trace, paint)])].join('\n')}\n`);
  }
  return traces.some(({ remarks }) => remarks.length > 0) ? EXIT.blocked : EXIT.ready;
}
