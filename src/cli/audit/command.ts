// `audit` as it is typed.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import { withClusterFlags, type AddCommand, type ClusterFlags } from '../command.ts';
import type { Named } from './find-kube-proxies.ts';
import { AUDIT_OUTPUTS, type AuditOutput } from './outputs.ts';

type Typed = ClusterFlags & {
  readonly from?: string;
  readonly record?: string;
  readonly api?: string;
  readonly mode?: ProxyMode;
  readonly node?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly daemonSet?: Named;
  readonly quiet?: boolean;
  readonly output: AuditOutput;
};

export const addAudit: AddCommand = (program, run) => {
  withHelperFlags(withClusterFlags(program.command('audit'), '10m'))
    .summary("does what the nodes' rules do agree with what Services demand? Live, or from recorded outputs")
    .description(DESCRIPTION)
    .option('--node <name>', 'this node only; of a recording, if nothing in it says which node it is')
    .option('--record <dir>', 'keep what was read of the one node in this folder, for --from')
    .addOption(
      new Option('--from <dir>', "folder of a node's recorded outputs, instead of a cluster").conflicts('record'),
    )
    .option('--api <dir>', 'with --from: folder of the recorded objects; otherwise api in that folder, or beside it')
    .addOption(new Option('--mode <mode>', 'mode to judge by; otherwise the one in force').choices(PROXY_MODES))
    .addOption(new Option('-o, --output <format>', 'what to print').choices(AUDIT_OUTPUTS).default('table'))
    .addHelpText('after', AFTER)
    .action(({ from, record, api, mode, node, output, quiet = false, ...cluster }: Typed) =>
      run(async (terminal, interrupt) => {
        if (from !== undefined) {
          const { runAudit } = await import('./run-audit.ts');
          return runAudit({ dir: from, api, mode, node }, output, terminal);
        }
        const { runLiveAudit } = await import('./run-live.ts');
        return runLiveAudit({ ...cluster, record, mode, node, output, quiet }, terminal, interrupt);
      }),
    );
};

/** Of commands that read live nodes. */
export function withHelperFlags(command: Command): Command {
  return command
    .option('-n, --namespace <name>', "namespace for the helper pods; otherwise the context's")
    .option('--image <image>', 'of the helper pods; otherwise that of each node’s kube-proxy')
    .addOption(
      new Option('--daemon-set <namespace/name>', "kube-proxy's; otherwise the one in kube-system").argParser(
        parseNamed,
      ),
    )
    .option('-q, --quiet', 'no progress on stderr');
}

function parseNamed(typed: string): Named {
  const [namespace = '', name = '', ...rest] = typed.split('/');
  if (namespace === '' || name === '' || rest.length > 0)
    throw new InvalidArgumentError('It must be a DaemonSet as namespace/name.');
  return { namespace, name };
}

const DESCRIPTION = [
  "Does what the nodes' rules do agree with what Services and EndpointSlices demand of them? Every address of every Service is",
  'tried, in thought, from a pod, from the node and from outside, and where its connections end is compared: what is missing,',
  'wrong, too much, left over from another mode, or somebody else’s. A live node is read through a helper pod on its network,',
  'made of the image of its kube-proxy, with NET_ADMIN and NET_RAW and nothing else, removed as soon as the node has been read.',
  'What seems wrong is read twice. Nothing is changed.',
].join(' ');

const AFTER = `
Exit codes:
  0  no error was found; there may be warnings and notes
  1  wrong usage, no cluster, helper pods refused, or not enough was recorded: nothing was found out
  2  at least one error was found
  3  no error was found, but at least one node could not be read

A live node takes a user who may list nodes, Services and EndpointSlices, where kube-proxy is (kube-system, or --daemon-set)
list DaemonSets and pods and get ConfigMaps, and, in the namespace of the helper pods, create, get and delete pods, pods/exec
and pods/portforward. That namespace must admit privileged pods.

The folder of a recording holds what these print, as far as there is any of it:
  iptables-save.txt ip6tables-save.txt (or …-save-c.txt, with counters)   nft-list-ruleset.json (nft -j list ruleset) or .txt
  proc-net-ip_vs.txt or ipvsadm-Sn.txt   ipset-save.txt   ip-addr.json (ip -j addr) or .txt   configz.json   proxyMode.txt
and --api: services.json, endpointslices.json, nodes.json (kubectl get … -A -o json).

Examples:
  kubectl proxymode audit --namespace kube-system
  kubectl proxymode audit --node node-1 -o json | jq '.findings[] | select(.severity == "error")'
  kubectl proxymode audit --node node-1 --record node-1/ && kubectl proxymode audit --from node-1/
`;
