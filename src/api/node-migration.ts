// NodeMigration (nmig): one node's share of a ProxyModeMigration, made by the operator and owned by it.
// It is the durable record of a switch: what was intended, what was read, when, and from which pod.
import { z } from 'zod';
import { NODE_MIGRATION_SPEC_RULES } from './crd-rules.ts';
import { mode, name, timestamp } from './fields.ts';
import { MOST_FINDINGS, nodeFinding, preparation } from './preflight-status.ts';

export const nodeMigrationSpec = z
  .object({
    migration: name.describe('The ProxyModeMigration this belongs to.'),
    nodeName: name.describe('The node.'),
    nodeUID: z
      .string()
      .max(64)
      .describe(
        'The UID of that node: a node re-created under the same name is another one. Of a machine listed in spec.kubeProxy.systemd.nodes, its address.',
      ),
    mode: mode.describe('The mode it is to be switched to.'),
  })
  .meta({ 'x-kubernetes-validations': NODE_MIGRATION_SPEC_RULES });

/** Modes as kube-proxy may answer them: also userspace, kernelspace, and whatever comes. */
const observedMode = z.string().max(32);

const process = z.object({
  podName: name.describe('The kube-proxy pod; of a systemd kube-proxy the unit.'),
  podUID: z.string().max(64).describe('Its UID; of a unit the invocation, which is another one after each start.'),
  restarts: z.int().min(0).describe('Its container restarts: UID and restarts together name one kube-proxy process.'),
});
export type ProxyProcess = z.output<typeof process>;

const auditFinding = z.object({
  kind: z
    .enum(['missing', 'wrong', 'surplus', 'leftover', 'foreign', 'unread'])
    .describe(
      'missing: demanded and not there. wrong: there and not as demanded. surplus: nobody demands it. leftover: of another mode. foreign: of somebody else, and in the way. unread: nothing is said about it.',
    ),
  severity: z
    .enum(['error', 'warning', 'note'])
    .describe('error: connections fail or go astray, now or as soon as something changes. warning: not yet.'),
  service: z.string().max(512).optional().describe('The Service port; none for what concerns all.'),
  where: z.string().max(256).describe('The chain, set, map or virtual server.'),
  what: z.string().max(512).describe('In a sentence.'),
});

const auditEvidence = z.object({
  at: timestamp.describe('When the rules were read.'),
  services: z.int().min(0).optional().describe('With how many Services they were compared.'),
  findings: z.int().min(0).optional().describe('How many findings there are.'),
  errors: z.int().min(0).optional().describe('How many of them say that connections fail or go astray.'),
  first: z.array(auditFinding).max(5).optional().describe('The gravest of them.'),
  problem: z.string().max(512).optional().describe('Why the rules could not be read.'),
});
export type AuditEvidence = z.output<typeof auditEvidence>;

const evidence = process.extend({
  mode: observedMode.optional().describe('What /proxyMode answered.'),
  readings: z.int().min(0).describe('How many times in a row it answered that.'),
  readAt: timestamp.optional().describe('The last time.'),
  version: z.string().max(64).optional().describe('kube-proxy version.'),
  processStartedAt: timestamp.optional().describe('process_start_time_seconds of /metrics.'),
  firstSyncs: z
    .array(
      z.object({
        family: z.string().max(16).describe('IPv4, IPv6, or empty where kube-proxy does not tell (before 1.33).'),
        at: timestamp.describe('sync_proxy_rules_last_timestamp_seconds.'),
      }),
    )
    .max(4)
    .optional()
    .describe('When rules were last programmed, for each IP family.'),
  syncFailures: z.int().min(0).optional().describe('Sum of the sync failure counters.'),
  audit: auditEvidence.optional().describe('The rules of the node, compared with what Services demand (verify.audit).'),
  lastWords: z.string().max(1024).optional().describe('The last line kube-proxy wrote before it ended.'),
});
export type Evidence = z.output<typeof evidence>;

const nodeBridge = z.object({
  wantedAt: timestamp.describe('When it was decided, before anything was done.'),
  upAt: timestamp.optional().describe('When it served: not before then was kube-proxy replaced.'),
  downAt: timestamp.optional().describe('When it was seen to be gone.'),
  problem: z.string().max(512).optional().describe('Why there was none, or why it could not be taken down.'),
  leftAt: timestamp
    .optional()
    .describe('When it was found that it could not be taken down. It has ended by itself within five minutes.'),
});
export type NodeBridge = z.output<typeof nodeBridge>;

/** Of a value of --proxy-mode. */
export const LONGEST_MODE = 64;

const nodeTrial = z.object({
  at: timestamp.describe('When it ended.'),
  outcome: z
    .enum(['Passed', 'Failed', 'Unknown'])
    .describe('Passed: it programmed its rules. Failed: it does not run on this node. Unknown: it could not be tried.'),
  what: z.string().max(512).describe('The image, and the kernel, operating system and architecture it was tried on.'),
  configDigest: z
    .string()
    .max(64)
    .describe('SHA-256 of the configuration it stands for, as nodes are going to read it.'),
  firstSyncMilliseconds: z
    .int()
    .min(0)
    .optional()
    .describe('From the start of the process until its rules were programmed in every IP family.'),
  problem: z.string().max(512).optional().describe("kube-proxy's own last words, or why it could not be tried."),
});
export type NodeTrial = z.output<typeof nodeTrial>;

const unitFile = z.object({
  unit: z.string().max(256).describe('Its unit.'),
  file: z.string().max(1024).describe('The file that decides its mode: named by --config, or the options file.'),
  sha256: z.string().max(64).describe('Of the file before the first change.'),
  original: z
    .string()
    .max(32768)
    .optional()
    .describe('The bytes of a configuration file before the first change, kept until the migration is over.'),
  proxyMode: z
    .string()
    .max(LONGEST_MODE)
    .optional()
    .describe(
      'Of an options file (EnvironmentFile=), in place of its bytes, because it may hold secrets: what --proxy-mode was before the first change, empty where it was not set. The file comes back byte for byte as long as nobody else writes to it, by its checksum; the whole of it lies beside it on the node. Kept until the migration is over.',
    ),
});
export type UnitFile = z.output<typeof unitFile>;

/** Whether the file can be given back as it was; no longer once the migration is over. */
export function keepsOriginal({ original, proxyMode }: UnitFile): boolean {
  return original !== undefined || proxyMode !== undefined;
}

export const nodeMigrationStatus = z.object({
  phase: z
    .enum([
      'Pending',
      'Switching',
      'Verifying',
      'Switched',
      'Restoring',
      'FellBack',
      'Failed',
      'RolledBack',
      'Stranded',
      'Skipped',
    ])
    .optional()
    .describe(
      'Where the node is. FellBack, Failed and RolledBack nodes are back in their old mode, verified. Stranded ones are not: a person is needed.',
    ),
  result: z
    .enum(['Switched', 'FellBack', 'Failed', 'RolledBack', 'Skipped'])
    .optional()
    .describe('What the attempt came to. Kept while the node is given its old mode back.'),
  reason: z.string().max(128).optional().describe('CamelCase, from a closed list.'),
  message: z.string().max(1024).optional().describe('The same in one sentence.'),
  mode: observedMode.optional().describe('The mode last read from this node.'),
  attempt: z.int().min(1).max(1000).optional().describe('The attempt of the migration this speaks of.'),
  outOfTurn: z
    .boolean()
    .optional()
    .describe(
      'Its kube-proxy restarted by itself, or while somebody else had changed the ConfigMap: whatever mode it comes up in is not its failure.',
    ),
  checkedAt: timestamp
    .optional()
    .describe(
      'When the preflight looked at the node and found nothing in the way. Without it the node does not get its turn.',
    ),
  findings: z
    .array(nodeFinding)
    .max(MOST_FINDINGS)
    .optional()
    .describe(
      'What preflight rules found on this node, the gravest first. Findings about the whole cluster are in the migration.',
    ),
  preparation: preparation.optional(),
  before: process
    .extend({
      mode: observedMode.describe('The mode it ran.'),
      version: z.string().max(64).optional().describe('kube-proxy version.'),
      families: z
        .array(z.string().max(16))
        .max(4)
        .optional()
        .describe('IP families it had programmed; its successor must program them too.'),
    })
    .optional()
    .describe('The kube-proxy found at the start.'),
  trial: nodeTrial
    .optional()
    .describe(
      'The trial of the new mode on this node (preflight.trial). With PerGroup it stands for all nodes that are alike.',
    ),
  bridge: nodeBridge
    .optional()
    .describe('The rules that served the Services of the node while its kube-proxy was replaced (rollout.bridge).'),
  systemd: unitFile.optional().describe('With kubeProxy.type Systemd: what a rollback of this node needs.'),
  replacing: z
    .string()
    .max(64)
    .optional()
    .describe('UID of the pod, or invocation of the unit, that is being replaced: written before it is touched.'),
  startedAt: timestamp.optional().describe('When the current step began: rollout.nodeTimeout counts from here.'),
  finishedAt: timestamp.optional().describe('When the node reached its final phase.'),
  evidence: evidence.optional().describe('What was read from the new kube-proxy.'),
  restored: evidence.optional().describe('What was read after the node was given its old mode back.'),
});

export type NodeMigrationSpec = z.output<typeof nodeMigrationSpec>;
export type NodeMigrationStatus = z.output<typeof nodeMigrationStatus>;
