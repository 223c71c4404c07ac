// What a probe without the rights it needs may not be taken for.
import { describe, expect, it } from 'vitest';
import { known, unseen } from '../known.ts';
import { ended } from '../testing/node.ts';
import { probeFacts } from './probe-facts.ts';

const facts = (id: string, stderr: string): ReturnType<typeof probeFacts> =>
  probeFacts('n1', { programs: 'image', outputs: { [id]: known(ended(1, stderr)) } });

describe('nft without the right to ask', () => {
  const denied =
    'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted';

  it.each([
    ['nftFib', 'nftFibError'],
    ['nftFib6', 'nftFib6Error'],
    ['nftRuleset', 'nftRulesetError'],
  ] as const)('%s says nothing of the kernel', (id, fact) => {
    expect(facts(id, denied)[fact]).toEqual(unseen('nft was run without the right to ask the kernel'));
  });

  it('is told from a kernel that refuses', () => {
    const refused = facts('nftFib6', 'Error: Could not process rule: No such file or directory');
    expect(refused.nftFib6Error).toEqual(
      known('exit code 1: Error: Could not process rule: No such file or directory'),
    );
  });
});
