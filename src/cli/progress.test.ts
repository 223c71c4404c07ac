import { describe, expect, it } from 'vitest';
import { createProgress, type Progress } from './progress.ts';
import { fakeTerminal } from './testing/terminal.ts';

function told(
  options: { readonly terminal?: boolean; readonly quiet?: boolean },
  tell: (progress: Progress) => void,
): string {
  const { stderr, said } = fakeTerminal();
  tell(createProgress({ stream: stderr, terminal: false, quiet: false, ...options }));
  return said.stderr;
}

const work = (progress: Progress): void => {
  progress.step('Reading');
  for (let done = 1; done <= 20; done++) progress.count(done, 20);
  progress.step('Asking');
  for (let done = 1; done <= 200; done++) progress.count(done, 200);
  progress.end();
};

describe('progress', () => {
  it('is a few plain lines where nobody watches', () => {
    expect(told({}, work)).toBe('Reading\nAsking\nAsking: 50 of 200\nAsking: 100 of 200\nAsking: 150 of 200\n');
  });

  it('is one line that is rewritten on a terminal, and nothing is left of it', () => {
    const text = told({ terminal: true }, work);
    expect(text).not.toContain('\n');
    expect(text).toContain('\u001b[2KAsking … 200 of 200');
    expect(text.endsWith('\u001b[1G\u001b[2K')).toBe(true);
  });

  it('is silent when it is told to be', () => {
    expect(told({ terminal: true, quiet: true }, work)).toBe('');
  });
});
