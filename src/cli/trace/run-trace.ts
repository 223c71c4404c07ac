// `trace`: a node's rules in, from recorded files or as they were just read, the way of a connection out.
import type { Finding } from '../../dataplane/compare/finding.ts';
import { subjectOf } from '../../dataplane/compare/subject.ts';
import { absentFindings } from '../../dataplane/compare/unread.ts';
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
  { question, output, unread = [] }: Omit<TraceOptions, 'flags'> & { readonly unread?: readonly Finding[] },
  { stdout, stderr, paint }: Terminal,
): number {
  const missing = absent(recorded);
  if (missing.length > 0) {
    stderr.write(inLines([...missing, ...unread]));
    return EXIT.unknown;
  }
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
  if (!traces.some(({ remarks }) => remarks.length > 0)) return EXIT.ready;
  // What seems wrong may be right by a rule that was not read.
  stderr.write(inLines(unread));
  return unread.length > 0 ? EXIT.unknown : EXIT.blocked;
}

/** Without these the way cannot be told: a rule that was not read is not a rule that is not there. */
function absent(recorded: Recorded): readonly Finding[] {
  const { demand, rules } = subjectOf(recorded);
  return absentFindings(demand, rules);
}

function inLines(findings: readonly Finding[]): string {
  return [...new Set(findings.map(({ where, what, fix }) => `${harmless(`${where}: ${what} ${fix}`)}\n`))].join('');
}
