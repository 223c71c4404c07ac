// Colours by what they mean. Renderers get a `Paint`, so that a pipe and tests get plain text.
import { styleText } from 'node:util';

export type Style = 'good' | 'bad' | 'caution' | 'busy' | 'quiet' | 'strong';
/** Adds no visible character: what is painted keeps its width. */
export type Paint = (style: Style, text: string) => string;

const FORMATS = { good: 'green', bad: 'red', caution: 'yellow', busy: 'yellow', quiet: 'dim', strong: 'bold' } as const;

export const unpainted: Paint = (_style, text) => text;

/** The caller has decided that the terminal takes colours. */
export const painted: Paint = (style, text) =>
  text === '' ? '' : styleText(FORMATS[style], text, { validateStream: false });
