// Loading bridges into the node of a world, and asking who answers.
import { FAMILIES, removal } from '../../src/bridge/table.ts';
import type { BridgeNode } from '../../src/bridge/node-facts.ts';
import { bridge, type Offer } from './objects.ts';
import type { Name, World } from './world.ts';

export async function nft(world: World, text: string): Promise<void> {
  await world.node.must(['nft', '-f', '-'], text);
}

/** Replaces what the test before loaded, and ends what the node remembers of its connections: UDP ports are used again soon. */
export async function load(world: World, offers: readonly Offer[], facts: Partial<BridgeNode> = {}): Promise<void> {
  for (const text of bridge(offers, facts)) await nft(world, text);
  await world.node.must(['conntrack', '-F']);
}

export async function unload(world: World): Promise<void> {
  for (const family of FAMILIES) await nft(world, removal(family));
}

export type Target = {
  readonly host: string;
  readonly port?: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly from?: string;
  readonly timeout?: number;
};

/** Everybody who answered in so many calls, each with the address it saw, in alphabetical order. */
export async function answers(world: World, caller: Name, target: Target, times = 24): Promise<string[]> {
  const call = { protocol: 'tcp' as const, port: 80, ...target };
  const said = await Promise.all(Array.from({ length: times }, () => world[caller].call(call)));
  return [...new Set(said)].toSorted();
}

export const REFUSED = 'no answer: ECONNREFUSED';
export const NOBODY = ['no answer: timeout'];
/** For what is not to be answered: a machine on one host answers in well under a millisecond. */
export const SHORT = 400;
