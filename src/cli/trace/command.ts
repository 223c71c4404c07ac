// `trace` as it is typed.
import { Option } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import type { AddCommand } from '../command.ts';

const ORIGINS = ['pod', 'host', 'outside'] as const;

type Typed = {
  readonly fromDir: string;
  readonly api?: string;
  readonly mode?: ProxyMode;
  readonly node?: string;
  readonly from: (typeof ORIGINS)[number];
  readonly port?: string;
  readonly output: 'text' | 'json';
};

export const addTrace: AddCommand = (program, run) => {
  program
    .command('trace <service>')
    .summary("where would a connection to a Service end? Follows it through a node's recorded rules")
    .description(DESCRIPTION)
    .requiredOption('--from-dir <dir>', "folder of the node's recorded outputs, as audit --from takes it")
    .option('--api <dir>', 'folder of the recorded objects; otherwise api in that folder, or beside it')
    .addOption(new Option('--from <origin>', 'where the connection begins').choices(ORIGINS).default('pod'))
    .option('--port <port>', 'name or number of one port; otherwise all')
    .addOption(new Option('--mode <mode>', 'mode to follow; otherwise the recorded one').choices(PROXY_MODES))
    .option('--node <name>', 'name of the node; otherwise as its configuration or its addresses say')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', AFTER)
    .action((service: string, { fromDir, api, mode, node, from, port, output }: Typed) =>
      run(async (terminal) => {
        const { runTrace } = await import('./run-trace.ts');
        return runTrace(
          { flags: { dir: fromDir, api, mode, node }, question: { service, port, from }, output },
          terminal,
        );
      }),
    );
};

const DESCRIPTION = [
  "Follows connections to one Service (namespace/name) through a node's real rules, as one would by hand: from KUBE-SERVICES",
  'to the chains of its endpoints, through ipsets to virtual servers, through the maps of nftables; with the chance of each',
  'endpoint, with counters where they were recorded, and with one sentence at the end. Reads files only, and no cluster.',
].join(' ');

const AFTER = `
Exit codes:
  0  connections end where they should, or there is nothing to follow
  1  wrong usage, no such Service, or not enough was recorded
  2  something is wrong with at least one of them

Examples:
  kubectl proxymode trace default/nginx --from-dir node-1/
  kubectl proxymode trace default/nginx --from-dir node-1/ --from outside --port http
`;
