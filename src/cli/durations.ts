// Durations as they are typed.
import { InvalidArgumentError } from 'commander';
import { parseGoDuration } from '../kubeproxy/go-duration.ts';

/** Milliseconds. Throws commander's InvalidArgumentError, which names the flag. */
export function parseTimeout(text: string): number {
  const seconds = parseGoDuration(text);
  if (seconds === undefined || seconds <= 0)
    throw new InvalidArgumentError('It must be a duration above zero, for example 90s, 2m or 500ms.');
  return seconds * 1000;
}
