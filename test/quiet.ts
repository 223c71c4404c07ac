// A test that makes the code complain on the console fails, unless it replaced console.warn or console.error itself.
import { afterEach, beforeEach, expect, vi } from 'vitest';

const methods = ['warn', 'error'] as const;
let said: string[] = [];
let spies: { readonly mockRestore: () => void }[] = [];

beforeEach(() => {
  said = [];
  spies = methods.map((method) =>
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      said.push(`console.${method}: ${words.map(String).join(' ')}`);
    }),
  );
});

afterEach(() => {
  for (const spy of spies) spy.mockRestore();
  expect(said).toEqual([]);
});
