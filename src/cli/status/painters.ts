// Where a watched migration is shown: on a terminal one picture over the other, elsewhere a line for each thing that changed.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';
import { clean } from '../../terminal/fit.ts';
import { livePicture } from '../../terminal/live-picture.ts';
import type { Terminal } from '../terminal.ts';
import { renderStatus, type StatusView } from './render-status.ts';

export type Painter = {
  show(view: StatusView): void;
  /** What stays on the screen when nobody watches any more: whole, however high. */
  showLast(view: StatusView): void;
  /** A last line that stays. */
  say(line: string): void;
  close(): void;
};

export function picturePainter(terminal: Terminal): Painter {
  const picture = livePicture(terminal.stdout);
  const draw = (view: StatusView, height: number): void => {
    const { columns, paint } = terminal;
    picture.frame(renderStatus(view, { width: columns - 1, height, paint }));
  };
  return {
    // The cursor rests on the line below.
    show: (view) => draw(view, terminal.rows - 1),
    showLast: (view) => draw(view, Infinity),
    say: (line) => picture.say(line),
    close: () => picture.close(),
  };
}

/** For logs and pipes. What was so before somebody looked is told of the migration only. */
export function linePainter({ stdout }: Terminal): Painter {
  let told: Told | undefined;
  let phases: ReadonlyMap<string, string> | undefined;
  const say = (now: number, about: string, text: string): void => {
    stdout.write(`${new Date(now).toISOString().slice(11, 19)}Z  ${clean(about)}  ${clean(text)}\n`);
  };
  const show = ({ migration, records, now }: StatusView): void => {
    for (const record of records) {
      const before = phases?.get(record.spec.nodeName);
      const phase = record.status?.phase ?? '';
      if (phases !== undefined && phase !== before && phase !== 'Pending')
        say(now, record.spec.nodeName, nodeText(record));
    }
    phases = new Map(records.map(({ spec, status }) => [spec.nodeName, status?.phase ?? '']));
    const next = tellingOf(migration);
    const text = news(next, told);
    if (text !== undefined) say(now, migration.metadata.name, text);
    told = next;
  };
  return {
    show,
    showLast: show,
    say: (line) => void stdout.write(`${clean(line)}\n`),
    close: () => undefined,
  };
}

function nodeText({ status }: NodeMigration): string {
  return [status?.phase ?? '', status?.message ?? ''].filter(Boolean).join(': ');
}

type Told = { readonly phase: string; readonly progress: string; readonly message: string };

function tellingOf({ status }: ProxyModeMigration): Told {
  const { phase = 'Pending', progress = '', message = '' } = status ?? {};
  return { phase, progress, message };
}

/** On its way the message repeats what is said of the nodes: there only numbers are news. */
function news(now: Told, before: Told | undefined): string | undefined {
  const head = [now.phase, now.progress].filter(Boolean).join(' ');
  if (before?.phase !== now.phase) return [head, now.message].filter(Boolean).join(': ');
  if (before.progress !== now.progress) return head;
  const isMoving = now.phase === 'Progressing' || now.phase === 'RollingBack';
  return isMoving || before.message === now.message ? undefined : `${head}: ${now.message}`;
}
