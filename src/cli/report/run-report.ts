// `report` from beginning to end: read the migration and its records, and write one file that needs nothing else.
import { writeFileSync } from 'node:fs';
import { systemClock } from 'kopf-ts';
import { inCluster, type Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { harmless } from '../harmless.ts';
import { chosen } from '../migration/choose.ts';
import { migrationsIn, recordsOf, zonesIn } from '../migration/records.ts';
import type { Terminal } from '../terminal.ts';
import type { ReportOutput } from './outputs.ts';
import { reportOf, type Report } from './report.ts';

export type ReportOptions = ClusterFlags & {
  readonly name: string | undefined;
  readonly output: ReportOutput;
  /** undefined: stdout. */
  readonly file: string | undefined;
};

export async function runReport(options: ReportOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  const { output, file } = options;
  if (output === 'html' && file === undefined && terminal.live)
    throw new CommandError(
      'a page is no reading for a terminal: name a file with --file, redirect, or choose -o markdown',
    );
  return inCluster(options, interrupt, async (cluster) => {
    const text = await written(await read(options, cluster), output);
    if (file === undefined) terminal.stdout.write(text);
    else save(file, text);
    return EXIT.ready;
  });
}

async function read({ name }: ReportOptions, { client, signal, server }: Cluster): Promise<Report> {
  const migration = chosen(await migrationsIn(client, signal), name);
  const [records, zones] = await Promise.all([
    recordsOf(client, migration.metadata.name, signal),
    zonesIn(client, signal),
  ]);
  return harmless(reportOf({ migration, records, zones, server, now: systemClock.now() }));
}

async function written(report: Report, output: ReportOutput): Promise<string> {
  switch (output) {
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case 'markdown': {
      const { renderMarkdown } = await import('./render-markdown.ts');
      return renderMarkdown(report);
    }
    case 'html': {
      const { renderHtml } = await import('./render-html.ts');
      return renderHtml(report);
    }
  }
}

function save(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const [why = ''] = String(error).split('\n', 1);
    throw new CommandError(`${path} cannot be written: ${why}`, { cause: error });
  }
}
