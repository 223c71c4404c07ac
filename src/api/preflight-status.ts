// What the preflight found and what was made ready on a node, as the two kinds keep it in their status.
import { z } from 'zod';
import { name, timestamp } from './fields.ts';

/** Of rules in a migration, and of findings in a NodeMigration. */
export const MOST_FINDINGS = 40;

const verdict = z.enum(['block', 'warn', 'info', 'unknown']);
const finding = {
  rule: z.string().min(1).max(64).describe('Id of the rule.'),
  verdict: verdict.describe('block, warn, info, or unknown where the fact was not seen.'),
  blocking: z.boolean().describe('Whether it stands in the way: not when it was accepted.'),
  message: z.string().max(512).describe('What was observed, and what it leads to.'),
  fix: z.string().max(512).optional().describe('A command or a snippet.'),
};

export const nodeFinding = z.object(finding);

export const ruleCount = z.object({
  ...finding,
  nodes: z.int().min(0).describe('On how many nodes; 0 for a finding about the whole cluster.'),
  accepted: z.string().max(64).optional().describe('Who took responsibility, as far as the object tells.'),
});

export const preparation = z
  .object({
    modules: z.array(name).max(40).describe('Kernel modules that were not loaded before.'),
    sysctls: z
      .array(
        z.object({
          name: z.string().max(128).describe('Dotted name.'),
          from: z.string().max(256).describe('Its value before.'),
          to: z.string().max(256).describe('Its value since.'),
        }),
      )
      .max(40)
      .describe('Sysctls that had another value before.'),
    persist: z.boolean().describe('Whether it was made to outlast a reboot.'),
    startedAt: timestamp.describe('Written before anything is changed.'),
    doneAt: timestamp.optional().describe('When all of it was seen to be so.'),
    undoneAt: timestamp.optional().describe('When it was put back, because the node went back to its old mode.'),
    notes: z
      .array(z.string().max(256))
      .max(10)
      .optional()
      .describe('What is not quite as asked, for example a file that will overrule a sysctl at the next boot.'),
    failingSince: timestamp.optional().describe('Since when it could not be put back; tried for rollout.nodeTimeout.'),
    problem: z.string().max(512).optional().describe('Why it could not be done, or put back.'),
  })
  .describe('What was changed on the node to make it ready, and how it was before.');

export type NodeFinding = z.output<typeof nodeFinding>;
export type RuleCount = z.output<typeof ruleCount>;
export type Preparation = z.output<typeof preparation>;
