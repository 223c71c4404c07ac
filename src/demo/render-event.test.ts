import { expect, it } from 'vitest';
import { unpainted } from '../terminal/paint.ts';
import { renderEvent } from './render-event.ts';

const event = {
  at: 63_000,
  about: 'worker-3',
  bad: true,
  phase: 'Restoring',
  reason: 'CrashLooping',
  note: 'worker-3: kube-proxy ended with exit code 1',
};

it('a pipe gets the whole event', () => {
  expect(renderEvent(event, Infinity, unpainted)).toBe(
    '1:03  worker-3    CrashLooping  kube-proxy ended with exit code 1',
  );
});

it('a terminal gets as much as fits', () => {
  expect(renderEvent(event, 50, unpainted)).toBe('1:03  worker-3    CrashLooping  kube-proxy ended …');
});

it('longer names and reasons push the note to the right', () => {
  const long = { ...event, about: 'a-node-with-a-name', reason: 'AnswersAnotherMode', note: 'asked for nftables' };
  expect(renderEvent(long, Infinity, unpainted)).toBe('1:03  a-node-with-a-name AnswersAnotherMode asked for nftables');
});
