// A test that makes the code warn or complain on the console fails, unless it replaced console.warn or console.error itself.
import { afterEach, beforeEach, expect, vi } from 'vitest';

let said: string[] = [];

beforeEach(() => {
  said = [];
  for (const method of ['warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      said.push(`console.${method}: ${words.map(String).join(' ')}`);
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  expect(said).toEqual([]);
});
