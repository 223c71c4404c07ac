// What was typed after `assess`, checked. Functions throw commander's InvalidArgumentError, which names the flag.
import { InvalidArgumentError } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import { parseGoDuration } from '../../kubeproxy/go-duration.ts';
import type { ClusterChoice } from '../kubeconfig.ts';
import type { Output } from './render/outputs.ts';

export type AssessOptions = ClusterChoice & {
  readonly output: Output;
  readonly target: readonly ProxyMode[];
  readonly accept: readonly string[];
  readonly nodes: boolean;
  readonly fixes: boolean;
  readonly quiet: boolean;
  /** Milliseconds. */
  readonly timeout: number;
};

/** Each once, in the order of the modes. */
export function parseTargets(text: string): readonly ProxyMode[] {
  const wanted = words(text);
  const wrong = wanted.find((word) => !PROXY_MODES.some((mode) => mode === word));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${JSON.stringify(wrong)} is none of ${PROXY_MODES.join(', ')}.`);
  return PROXY_MODES.filter((mode) => wanted.includes(mode));
}

/** Whether there are such rules is asked when they are needed: loading all of them takes longer than the help. */
export function parseAccept(text: string): readonly string[] {
  return words(text);
}

export function parseTimeout(text: string): number {
  const seconds = parseGoDuration(text);
  if (seconds === undefined || seconds <= 0)
    throw new InvalidArgumentError('It must be a duration above zero, for example 90s or 2m.');
  return seconds * 1000;
}

function words(text: string): readonly string[] {
  const all = text.split(',').map((word) => word.trim());
  if (all.some((word) => word === '')) throw new InvalidArgumentError('It must be a list separated by commas.');
  return all;
}
