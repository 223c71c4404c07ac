// An assessment as the person or the machine wants it.
import { stringify } from 'yaml';
import type { Paint } from '../../../terminal/paint.ts';
import { harmless } from '../../harmless.ts';
import type { Assessment } from '../assessment.ts';
import { details } from './details.ts';
import { markdown } from './markdown.ts';
import type { Output } from './outputs.ts';
import { overview } from './overview.ts';
import { rowsOf } from './rows.ts';

export type RenderOptions = {
  readonly output: Output;
  /** Columns of the terminal; for the table only. */
  readonly width: number;
  readonly paint: Paint;
  /** Every row and every fix in the table. */
  readonly fixes: boolean;
};

/** With a line break at the end. */
export function render(assessment: Assessment, { output, width, paint, fixes }: RenderOptions): string {
  const safe = harmless(assessment);
  switch (output) {
    case 'json':
      return `${JSON.stringify(safe, undefined, 2)}\n`;
    case 'yaml':
      return stringify(safe, { lineWidth: 0, aliasDuplicateObjects: false });
    case 'markdown':
      return `${markdown(safe, rowsOf(safe)).join('\n').trimEnd()}\n`;
    case 'table': {
      const rows = rowsOf(safe);
      const page = { width, paint, full: fixes };
      return `${[...overview(safe, rows, page), ...details(safe, rows, page)].join('\n')}\n`;
    }
  }
}
