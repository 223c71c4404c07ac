// spec.verify: what a node has to prove before it counts as switched.
import { z } from 'zod';
import { duration } from './fields.ts';

export const verification = z.object({
  successes: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe(
      'How many times in a row the new kube-proxy must answer the target mode on /proxyMode, in sync. Default 3.',
    ),
  soak: duration
    .default('0s')
    .describe(
      'How long a node must stay verified before it counts as switched. Default 0s. Going back does not wait for it.',
    ),
  // Not Off: without quotes that is false to a reader of YAML 1.1, Helm and kubectl among them.
  audit: z
    .enum(['Skip', 'Warn', 'Enforce'])
    .optional()
    .describe(
      'Whether the rules of a node are read and compared with what Services demand, once its kube-proxy answers the target mode and is in sync. Warn: what is found is told in its NodeMigration. Enforce: a node on which a rule is missing or wrong, so that connections fail, or whose rules cannot be read, has failed; leftovers of another mode, and rules of others, are told. What seems wrong is read twice, ten seconds apart. Needs nodeAccess, with SSH as root; not for machines without a Node object. Going back does not wait for it. Skip when left out.',
    ),
});
