// Field shapes that both kinds use.
import { z } from 'zod';
import { REQUIREMENT_RULES } from './crd-rules.ts';

/** The modes a migration can aim at. `userspace` (kube-proxy up to 1.25) and `kernelspace` (Windows) are never a target. */
export const PROXY_MODES = ['iptables', 'ipvs', 'nftables'] as const;
export type ProxyMode = (typeof PROXY_MODES)[number];
export const mode = z.enum(PROXY_MODES);

export const name = z.string().min(1).max(253);
/** The name of an object a person refers to: RFC 1123, so that it can be nothing but a name in a path or a selector. */
export const objectName = name.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
/** Go duration syntax, restricted to whole units in this order, and to what fits into Go's 64 bits: 90s, 5m, 1h30m. */
export const duration = z
  .string()
  .min(2)
  .max(32)
  .regex(/^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$/);
export const timestamp = z.iso.datetime();
export const intOrPercent = z.union([
  z.int().min(1).max(10000),
  z
    .string()
    .max(4)
    .regex(/^([1-9][0-9]?|100)%$/),
]);

export const labelSelector = z.object({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .optional()
    .meta({ maxProperties: 64 })
    .describe('Labels that must all be there.'),
  matchExpressions: z
    .array(
      z
        .object({
          key: z.string().min(1).max(317).describe('Label key.'),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is compared.'),
          values: z.array(z.string().max(63)).max(100).optional().describe('Values for In and NotIn.'),
        })
        .meta({ 'x-kubernetes-validations': REQUIREMENT_RULES }),
    )
    .max(20)
    .optional()
    .describe('Requirements that must all hold.'),
});
export type LabelSelector = z.output<typeof labelSelector>;

export const counts = z
  .object({
    total: z.int().min(0).describe('Nodes that belong to the migration.'),
    pending: z.int().min(0).describe('Not touched yet.'),
    inFlight: z.int().min(0).describe('In transit.'),
    switched: z.int().min(0).describe('Verified in the target mode.'),
    fellBack: z.int().min(0).describe('Ran, but in another mode than asked.'),
    failed: z.int().min(0).describe('Did not run, or did not verify.'),
    rolledBack: z.int().min(0).describe('Taken back to the old mode after another node failed.'),
    skipped: z.int().min(0).describe('Left out; the NodeMigration says why.'),
  })
  .describe('How many nodes are where.');
export type NodeCounts = z.output<typeof counts>;

export const condition = z.object({
  type: z.string().max(64).describe('Ready, Reconciling or Stalled.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
  reason: z.string().min(1).max(128).describe('CamelCase, from a closed list.'),
  message: z.string().max(1024).describe('What, where, and what to do.'),
  lastTransitionTime: timestamp.describe('When status last changed.'),
  observedGeneration: z.int().min(0).optional().describe('The generation this condition speaks of.'),
});
export const conditions = z
  .array(condition)
  .max(8)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  .describe('Ready, Reconciling and Stalled, as kstatus reads them.');
export type Condition = z.output<typeof condition>;
