import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors.ts';
import { WIDGETS, type Widget } from '../testing/fixture.ts';
import { listPages } from './list-pages.ts';
import { TOO_LONG, type RequestSpec } from './request.ts';
import type { Requester } from './retry.ts';

/** Serves `count` widgets to whoever asks for no more than `most` at a time. */
function heavyCollection(count: number, most: number): Requester & { readonly asked: RequestSpec[] } {
  const asked: RequestSpec[] = [];
  return {
    asked,
    request(spec) {
      asked.push(spec);
      const limit = Number(spec.query?.['limit']);
      const from = Number(spec.query?.['continue'] ?? 0);
      if (limit > most) {
        const { verb, resource } = spec;
        return Promise.reject(
          new ApiError('too long', { status: 0, reason: TOO_LONG, verb, resource, outcome: 'refused' }),
        );
      }
      const to = Math.min(count, from + limit);
      const items = Array.from({ length: to - from }, (_unused, index) => ({ metadata: { name: `w${from + index}` } }));
      const metadata = { resourceVersion: '7', ...(to < count ? { continue: String(to) } : {}) };
      const text = JSON.stringify({ metadata, items });
      return Promise.resolve({ kind: 'reply', status: 200, retryAfter: undefined, text });
    },
  };
}

const names = (requester: Requester, pageSize?: number): Promise<readonly string[]> =>
  listPages(requester, WIDGETS, {}, { pageSize, project: ({ metadata }: Widget) => metadata.name }).then(
    ({ items }) => items,
  );

describe('a list in pages', () => {
  it('asks for half as many objects when a page is too heavy, and for no more from then on', async () => {
    const requester = heavyCollection(70, 30);
    expect(await names(requester)).toEqual(Array.from({ length: 70 }, (_unused, index) => `w${index}`));
    expect(requester.asked.map(({ query }) => query?.['limit'])).toEqual(['100', '50', '25', '25', '25']);
    expect(requester.asked.every(({ limitBytes }) => limitBytes === 64 * 1024 * 1024)).toBe(true);
  });

  it('does so with a page size that was asked for, too', async () => {
    const requester = heavyCollection(3, 1);
    expect(await names(requester, 3)).toEqual(['w0', 'w1', 'w2']);
    expect(requester.asked.map(({ query }) => query?.['limit'])).toEqual(['3', '1', '1', '1']);
  });

  it('fails when a single object is too heavy', async () => {
    const requester = heavyCollection(1, 0);
    await expect(names(requester)).rejects.toMatchObject({ reason: TOO_LONG });
    expect(requester.asked.at(-1)?.query?.['limit']).toBe('1');
  });
});
