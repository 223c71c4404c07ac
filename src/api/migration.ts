// ProxyModeMigration (pmm): what a person writes. The schema is the single source: TypeScript types are inferred from it,
// crds/ is generated from it, and every description ends up in `kubectl explain`.
// Only structural constructs: no unions of objects, every list and string bounded, "exactly one of" as CEL rules.
import { z } from 'zod';
import { DAEMON_SET_RULES, KUBE_PROXY_RULES, MIGRATION_SPEC_RULES, TIMEOUT_RULES } from './crd-rules.ts';
import {
  conditions,
  counts,
  duration,
  intOrPercent,
  labelSelector,
  mode,
  name,
  objectName,
  timestamp,
} from './fields.ts';
import { nodeAccess, preflight } from './node-access.ts';
import { MOST_FINDINGS, ruleCount } from './preflight-status.ts';
import { proxyConfig } from './proxy-config.ts';
import { verification } from './verification.ts';

/** A host name (RFC 1123) or an IPv4 address, or an IPv6 address. */
const ADDRESS =
  /^([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*|([0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})$/;

const daemonSet = z
  .object({
    namespace: objectName.default('kube-system').describe('Namespace of the DaemonSet and its ConfigMap.'),
    name: objectName.describe('Name of the DaemonSet.'),
    configMap: objectName
      .optional()
      .describe('Name of the ConfigMap. Found through the container arguments and volumes when left out.'),
    key: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[-._a-zA-Z0-9]+$/)
      .optional()
      .describe('Key in the ConfigMap that holds KubeProxyConfiguration. Needs configMap.'),
  })
  .meta({ 'x-kubernetes-validations': DAEMON_SET_RULES });

const listedNode = z.object({
  name: objectName.describe('Its name, here and in its NodeMigration. That of its Node object if it gets one.'),
  address: z
    .string()
    .min(1)
    .max(253)
    .regex(ADDRESS)
    .describe('IP address or host name for SSH. As it stands here its key must be among the known hosts.'),
  controlPlane: z
    .boolean()
    .default(false)
    .describe('Switched after the workers, like nodes that are labelled as control plane. Default false.'),
});

const systemd = z.object({
  unit: z
    .string()
    .min(1)
    .max(209)
    .regex(/^[A-Za-z0-9:_\\@-][A-Za-z0-9:_.\\@-]*$/)
    .optional()
    .describe(
      'Name of the unit, the same on every node. kube-proxy.service, or the one unit that runs kube-proxy, when left out.',
    ),
  configFile: z
    .string()
    .min(2)
    .max(1024)
    .regex(/^\/[^\n]*$/)
    .optional()
    .describe(
      'The file --config of the unit must name. A node whose unit names another is refused. Whatever it names when left out; without --config, the options file of the unit.',
    ),
  nodes: z
    .array(listedNode)
    .max(500)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe(
      'Machines that run the unit and have no Node object: their kubelet is not registered, or they are gateways. They join the Node objects, count as Ready while SSH reaches them and systemd answers, and must all answer before anything is changed. Of the labels a nodeSelector may ask for they have kubernetes.io/hostname, and node-role.kubernetes.io/control-plane where controlPlane is true. For a name that has a Node object, the Node says whether it is Ready, and the address here is the one for SSH.',
    ),
});

const kubeProxy = z
  .object({
    type: z
      .enum(['DaemonSet', 'Systemd'])
      .default('DaemonSet')
      .describe(
        'DaemonSet: pods that share a ConfigMap. Systemd: a unit on every selected node, with a file of its own, reached over SSH (nodeAccess.type SSH). Default DaemonSet.',
      ),
    daemonSet: daemonSet.optional().describe('The DaemonSet that runs kube-proxy. With type DaemonSet.'),
    systemd: systemd.optional().describe('Which unit runs kube-proxy. With type Systemd.'),
  })
  .meta({ 'x-kubernetes-validations': KUBE_PROXY_RULES });

export const migrationSpec = z
  .object({
    mode: mode.describe(
      'The kube-proxy mode every selected node shall run. Cannot change once the migration has started.',
    ),
    config: proxyConfig.optional(),
    kubeProxy: kubeProxy
      .optional()
      .describe(
        'Where kube-proxy is. Found in kube-system by following its image, arguments and volumes when left out.',
      ),
    nodeSelector: labelSelector
      .optional()
      .describe(
        'Which nodes are switched; every node that runs kube-proxy when left out. The ConfigMap is shared by all of them: a node outside the selection keeps its mode only until its kube-proxy restarts, and is then verified and counted too.',
      ),
    nodeAccess: nodeAccess.prefault({}).describe("How the operator reaches a node's kernel."),
    preflight: preflight.prefault({}).describe('What is checked, and made ready, before anything is switched.'),
    rollout: z
      .object({
        strategy: z
          .enum(['InPlace', 'Assist'])
          .optional()
          .describe(
            'InPlace: edit the ConfigMap, then replace kube-proxy node by node. Assist, for clusters in which somebody else owns the configuration of kube-proxy: write nothing, show what to change there (status.plan), and verify every node once somebody has changed it. Cannot change once the migration has started. InPlace when left out.',
          ),
        maxUnavailable: intOrPercent
          .default(1)
          .describe(
            'How many selected nodes may be in transit at once, as a number or a percentage (rounded down, at least 1). Nodes that are NotReady use it up. Default 1.',
          ),
        nodeTimeout: duration
          .default('5m')
          .meta({ 'x-kubernetes-validations': TIMEOUT_RULES })
          .describe(
            'How long one node may take from the deletion of its pod until it is verified. After that it has failed. Default 5m.',
          ),
        bridge: z
          .enum(['Auto', 'Always', 'Never'])
          .optional()
          .describe(
            'Rules of our own that serve the Services of a node while kube-proxy has removed the old ones and not written the new ones yet: an nftables table, built before the kube-proxy is replaced and taken down when the node is verified. Auto: where it can be had. Always: a node without one is not touched. Never: none. Needs nodeAccess and nft in the image of kube-proxy, or, with SSH, on the node. Never when left out.',
          ),
      })
      .prefault({})
      .describe('How fast nodes are switched.'),
    verify: verification.prefault({}).describe('When a node counts as switched.'),
    onFailure: z
      .enum(['Rollback', 'Pause'])
      .default('Rollback')
      .describe(
        'After a node has failed or fallen back, and was given its old mode back: take the switched nodes back as well, in reverse order, or stop for a person.',
      ),
    paused: z
      .boolean()
      .default(false)
      .describe('Start no further node. Nodes in transit are finished, or given back if they fail.'),
    dryRun: z
      .boolean()
      .default(false)
      .describe(
        'Stop after the plan: the order of nodes and the ConfigMap diff are in the status, nothing is touched.',
      ),
  })
  .meta({ 'x-kubernetes-validations': MIGRATION_SPEC_RULES });

export const migrationStatus = z.object({
  observedGeneration: z.int().min(0).optional().describe('The generation of the spec this status speaks of.'),
  phase: z
    .enum([
      'Pending',
      'Planned',
      'Progressing',
      'Paused',
      'RollingBack',
      'Succeeded',
      'RolledBack',
      'Failed',
      'Blocked',
    ])
    .optional()
    .describe('The story in one word. Machines should read the conditions.'),
  message: z.string().max(1024).optional().describe('The same in one sentence.'),
  progress: z.string().max(32).optional().describe('Switched nodes of all selected ones, for example 3/12.'),
  startedAt: timestamp.optional().describe('When the first change was made: from here on the mode is fixed.'),
  finishedAt: timestamp.optional().describe('When the migration came to its end.'),
  turnedBack: z
    .object({
      at: timestamp.describe('When.'),
      because: z.string().max(512).describe('Which node did not switch, and why.'),
    })
    .optional()
    .describe('Set when the first node of an attempt did not switch: from then on the migration goes back.'),
  attempt: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('How often it was started: 1, and one more for each handled retry.'),
  handledRetry: z
    .string()
    .max(256)
    .optional()
    .describe('The last value of the annotation proxymode.dev/retry that was acted upon.'),
  kubeProxy: z
    .object({
      namespace: name.describe('Namespace of both.'),
      daemonSet: name.describe('The DaemonSet; with type Systemd the unit.'),
      configMap: name
        .optional()
        .describe(
          'Its ConfigMap; with type Systemd the one in which the operator keeps which mode the units are to run. None where kube-proxy has flags only.',
        ),
      key: z.string().max(253).optional().describe('The key in the ConfigMap.'),
    })
    .optional()
    .describe('Where kube-proxy was found.'),
  config: z
    .object({
      originalMode: z.string().max(32).describe('The mode nodes go back to.'),
      original: z
        .string()
        .max(32768)
        .describe('The bytes of the ConfigMap key before the first change, kept until the migration is over.'),
      edit: z
        .object({
          resourceVersion: z.string().max(64).describe('The version of the ConfigMap it was planned on.'),
          tries: z
            .int()
            .min(1)
            .describe('How many times somebody made another version of it before it was seen in place.'),
        })
        .optional()
        .describe('The edit under way: who takes it back at once is not fought.'),
      appliedAt: timestamp.optional().describe('When the edited ConfigMap was seen in place.'),
    })
    .optional()
    .describe('What a rollback needs.'),
  preflight: z
    .object({
      checkedAt: timestamp.describe('When the cluster and its nodes were looked at.'),
      blocking: z.int().min(0).describe('How many rules stand in the way.'),
      rules: z
        .array(ruleCount)
        .max(MOST_FINDINGS)
        .describe(
          'What the rules found, the gravest first (at most 40). Findings of single nodes are in NodeMigrations.',
        ),
    })
    .optional()
    .describe('What the preflight found.'),
  nodes: counts.optional(),
  inFlight: z.array(name).max(100).optional().describe('Nodes in transit (the first 100).'),
  failures: z
    .array(
      z.object({
        node: name.describe('The node.'),
        result: z.enum(['FellBack', 'Failed', 'Stranded']).describe('What became of it.'),
        message: z.string().max(512).describe('Why.'),
      }),
    )
    .max(10)
    .optional()
    .describe('The first failures (at most 10; nodes.fellBack and nodes.failed are the true totals).'),
  plan: z
    .object({
      diff: z
        .string()
        .max(8192)
        .describe('Unified diff of the ConfigMap key; with type Systemd of the file of the first node.'),
      order: z.array(name).max(50).describe('Nodes in the order in which they will be switched (the first 50).'),
      upstream: z
        .string()
        .max(2048)
        .optional()
        .describe(
          'What to change where the distribution has the mode of kube-proxy from: instead of the diff where it owns the configuration, or so that its next run or upgrade does not take the mode back.',
        ),
    })
    .optional()
    .describe('What will be done.'),
  conditions,
});

export type MigrationSpec = z.output<typeof migrationSpec>;
export type MigrationStatus = z.output<typeof migrationStatus>;
