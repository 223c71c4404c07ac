// `trace` as it is typed.
import { Option } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import { withHelperFlags } from '../audit/command.ts';
import { CommandError } from '../command-error.ts';
import { withClusterFlags, type AddCommand, type ClusterFlags } from '../command.ts';

const ORIGINS = ['pod', 'host', 'outside'] as const;

type Typed = ClusterFlags & {
  readonly fromDir?: string;
  readonly api?: string;
  readonly mode?: ProxyMode;
  readonly node?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly quiet?: boolean;
  readonly from: (typeof ORIGINS)[number];
  readonly port?: string;
  readonly output: 'text' | 'json';
};

export const addTrace: AddCommand = (program, run) => {
  withHelperFlags(withClusterFlags(program.command('trace <service>'), '2m'))
    .summary("where would a connection to a Service end? Follows it through a node's rules, live or recorded")
    .description(DESCRIPTION)
    .option('--node <name>', 'the node; of a recording, if nothing in it says which node it is')
    .option('--from-dir <dir>', "folder of a node's recorded outputs, as audit --from takes it, instead of a cluster")
    .option(
      '--api <dir>',
      'with --from-dir: folder of the recorded objects; otherwise api in that folder, or beside it',
    )
    .addOption(new Option('--from <origin>', 'where the connection begins').choices(ORIGINS).default('pod'))
    .option('--port <port>', 'name or number of one port; otherwise all')
    .addOption(new Option('--mode <mode>', 'mode to follow; otherwise the one in force').choices(PROXY_MODES))
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', AFTER)
    .action((service: string, { fromDir, api, mode, node, from, port, output, quiet = false, ...cluster }: Typed) =>
      run(async (terminal, interrupt) => {
        const asked = { question: { service, port, from }, output };
        if (fromDir !== undefined) {
          const { runTrace } = await import('./run-trace.ts');
          return runTrace({ flags: { dir: fromDir, api, mode, node }, ...asked }, terminal);
        }
        if (node === undefined) throw new CommandError('name the node with --node, or a recording with --from-dir');
        const { runLiveTrace } = await import('./run-live.ts');
        return runLiveTrace({ ...cluster, mode, node, quiet, ...asked }, terminal, interrupt);
      }),
    );
};

const DESCRIPTION = [
  "Follows connections to one Service (namespace/name) through a node's real rules, as one would by hand: from KUBE-SERVICES",
  'to the chains of its endpoints, through ipsets to virtual servers, through the maps of nftables; with the chance of each',
  'endpoint, with counters where they were recorded, and with one sentence at the end. A live node is read through a helper',
  'pod, as audit does it (kubectl proxymode audit --help). Nothing is changed, and no packet is sent.',
].join(' ');

const AFTER = `
Exit codes:
  0  connections end where they should, or there is nothing to follow
  1  wrong usage, no such Service, no cluster, helper pods refused, or not enough was recorded
  2  something is wrong with at least one of them
  3  that cannot be told, because rules could not be read: stderr says which

Examples:
  kubectl proxymode trace default/nginx --node node-1 --namespace kube-system
  kubectl proxymode trace default/nginx --from-dir node-1/
  kubectl proxymode trace default/nginx --from-dir node-1/ --from outside --port http
`;
