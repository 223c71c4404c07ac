import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { settled } from './testing.ts';
import { WatchStream } from './watch-stream.ts';

function stream(limit?: number): { readonly pipe: PassThrough; readonly watch: WatchStream } {
  const pipe = new PassThrough({ highWaterMark: 4 });
  return { pipe, watch: new WatchStream(pipe, limit) };
}

const read = (pipe: PassThrough) => String(pipe.read() ?? '');

test('a slow reader gets everything, in order, as it reads', async () => {
  const { pipe, watch } = stream();
  for (const line of ['one\n', 'two\n', 'three\n']) watch.send(line);
  watch.end();
  let text = '';
  for await (const chunk of pipe) text += String(chunk);
  expect(text).toBe('one\ntwo\nthree\n');
});

test('a reader that does not read is given up once too much waits for it', async () => {
  const { pipe, watch } = stream(10);
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n']) watch.send(line);
  let text = '';
  for await (const chunk of pipe) text += String(chunk);
  expect(text).toBe('one\ntwo\nthree\nfour\n');
});

test('frozen: nothing until it is released, then all of it; stalled: nothing ever', async () => {
  const { pipe, watch } = stream();
  watch.freeze();
  watch.send('one\n');
  expect(read(pipe)).toBe('');
  watch.release();
  expect(read(pipe)).toBe('one\n');
  watch.stall();
  watch.send('two\n');
  watch.release();
  watch.end();
  await settled();
  expect([read(pipe), pipe.writableEnded]).toEqual(['', false]);
});

test('what is sent after the end, or after the reader has gone, is dropped', async () => {
  const { pipe, watch } = stream();
  watch.end();
  watch.send('late\n');
  expect(read(pipe)).toBe('');
  const other = stream();
  other.pipe.destroy();
  await settled();
  other.watch.send('late\n');
  other.watch.cut();
  expect(other.pipe.writableLength).toBe(0);
});
