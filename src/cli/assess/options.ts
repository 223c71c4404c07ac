// What was typed after `assess`, checked. Functions throw commander's InvalidArgumentError, which names the flag.
import { InvalidArgumentError } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import type { ClusterFlags } from '../command.ts';
import type { Output } from './render/outputs.ts';

export type AssessOptions = ClusterFlags & {
  readonly output: Output;
  readonly target: readonly ProxyMode[];
  readonly accept: readonly string[];
  readonly nodes: boolean;
  readonly fixes: boolean;
  readonly quiet: boolean;
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

function words(text: string): readonly string[] {
  const all = text.split(',').map((word) => word.trim());
  if (all.some((word) => word === '')) throw new InvalidArgumentError('It must be a list separated by commas.');
  return all;
}
