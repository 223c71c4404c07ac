// How the operator reaches a node's kernel, and what it may change there before the node is switched.
import { z } from 'zod';
import { NODE_ACCESS_RULES } from './crd-rules.ts';
import { objectName } from './fields.ts';

const port = z.int().min(1).max(65535);
const host = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$/);
const user = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z_][-a-z0-9_.]*$/);
const keyInObject = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

const ssh = z.object({
  user: user.default('root').describe('The user to log in as. Default root.'),
  port: port.default(22).describe('Port of sshd. Default 22.'),
  sudo: z
    .boolean()
    .default(false)
    .describe(
      'Run every command by `sudo -n`: for a user other than root. Without it, and a user other than root, only what needs root is done by sudo, program by program: see README.',
    ),
  secretRef: z
    .object({
      name: objectName.describe("A Secret in the operator's own namespace."),
      key: keyInObject.default('ssh-privatekey').describe('The key in it that holds the private key.'),
      passphraseKey: keyInObject.optional().describe('The key in it that holds the passphrase, if there is one.'),
    })
    .describe('The private key.'),
  knownHosts: z
    .object({
      name: objectName.describe("A ConfigMap in the operator's own namespace."),
      key: keyInObject.default('known_hosts').describe('The key in it, in the format of known_hosts.'),
    })
    .describe('Host keys. Mandatory: a host whose key is not there, or is another, is refused.'),
  jump: z
    .object({
      host: host.describe('Name or address of the jump host.'),
      port: port.default(22).describe('Its port. Default 22.'),
      user: user.default('root').describe('The user there. Default root.'),
    })
    .optional()
    .describe('Reach the nodes through this host. Its key must be among the known hosts, too.'),
});

export const nodeAccess = z
  .object({
    type: z
      .enum(['Pod', 'SSH', 'None'])
      .default('Pod')
      .describe(
        "Pod: a short-lived helper pod on the node, in the operator's own namespace. SSH: over the network. None: kernel modules and sysctls are not looked at, and rules that need them are unknown.",
      ),
    image: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe(
        "Image of helper pods, which needs a shell, modprobe and nft. When left out, that of the node's own kube-proxy, which is on the node: nothing is pulled. Where it was pulled with a pull secret, kubelets from 1.35 on ask for the secret again: name one in imagePullSecrets of the ServiceAccount default in the operator's namespace.",
      ),
    ssh: ssh.optional().describe('With type SSH.'),
  })
  .meta({ 'x-kubernetes-validations': NODE_ACCESS_RULES });

export const preflight = z.object({
  kernelModules: z
    .enum(['Load', 'Check', 'Skip'])
    .default('Load')
    .describe(
      'Load what the mode needs with modprobe, only check and say which commands to run, or do not look. Default Load.',
    ),
  sysctls: z.enum(['Apply', 'Check', 'Skip']).default('Apply').describe('The same for sysctls. Default Apply.'),
  persist: z
    .boolean()
    .default(true)
    .describe(
      'Write /etc/modules-load.d/proxymode.conf and /etc/sysctl.d/99-proxymode.conf, so that a reboot changes nothing. Default true.',
    ),
  trial: z
    .enum(['Skip', 'PerGroup', 'PerNode'])
    .optional()
    .describe(
      'Before the ConfigMap is edited, run the image of kube-proxy with the new mode in a pod with a network of its own, until its first sync or its error. PerGroup: on one node of those that have the same kernel, operating system image and architecture. PerNode: on every node. Skip: nowhere. A node on which it does not run, or could not be tried, holds the migration back like a preflight rule, with the id trial. Needs nodeAccess.type Pod. Not with dryRun, which makes no pod of this kind. Skip when left out.',
    ),
  accept: z
    .array(
      z
        .string()
        .min(1)
        .max(64)
        .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
    )
    .max(64)
    .default([])
    .meta({ 'x-kubernetes-list-type': 'set' })
    .describe('Ids of preflight rules somebody takes responsibility for: their findings are shown, and block no more.'),
});

export type NodeAccess = z.output<typeof nodeAccess>;
