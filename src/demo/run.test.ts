import { scaledClock, type Log } from 'kopf-ts';
import { expect, it } from 'vitest';
import { unpainted } from '../terminal/paint.ts';
import { renderEvent } from './render-event.ts';
import { runDemo } from './run.ts';
import type { Screen } from './screen.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function pipe(): Screen & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    live: false,
    paint: unpainted,
    width: Infinity,
    say: (...said) => void lines.push(...said),
    frame: () => undefined,
    event: (event) => void lines.push(renderEvent(event, Infinity, unpainted)),
    close: () => undefined,
  };
}

it('tells its story to the end: one node is given back, then all nodes are switched', { timeout: 60_000 }, async () => {
  const screen = pipe();
  expect(await runDemo({ screen, clock: scaledClock(10), log: silent, signal: new AbortController().signal })).toBe(
    true,
  );
  const text = screen.lines.join('\n');
  expect(text).toContain(
    'could not find nftables binary: exec: "nft": executable file not found in $PATH; back in iptables',
  );
  expect(text).toMatch(/^to-nftables +nftables +Succeeded +12\/12 /m);
  expect(text).toContain('switched     12 of 12 nodes');
  expect(text).toContain('taken back   worker-2, then worker-1, because worker-3 could not follow');
  expect(text).toContain('left behind  nothing');
});

it('ends cleanly when it is stopped half-way', { timeout: 60_000 }, async () => {
  const stop = new AbortController();
  const screen = { ...pipe(), event: () => stop.abort() };
  const stopped = runDemo({ screen, clock: scaledClock(10), log: silent, signal: stop.signal });
  // The one error is the wish to stop: nothing else went wrong on the way out.
  await expect(stopped).rejects.toMatchObject({ errors: [{ name: 'AbortError' }] });
});
