// `audit` as it is typed.
import { Option } from 'commander';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import type { AddCommand } from '../command.ts';

type Typed = {
  readonly from: string;
  readonly api?: string;
  readonly mode?: ProxyMode;
  readonly node?: string;
  readonly output: 'table' | 'json';
};

export const addAudit: AddCommand = (program, run) => {
  program
    .command('audit')
    .summary("does what a node's rules do agree with what Services demand? From recorded outputs")
    .description(DESCRIPTION)
    .requiredOption('--from <dir>', "folder of the node's recorded outputs")
    .option('--api <dir>', 'folder of the recorded objects; otherwise api in that folder, or beside it')
    .addOption(new Option('--mode <mode>', 'mode to judge by; otherwise the recorded one').choices(PROXY_MODES))
    .option('--node <name>', 'name of the node; otherwise as its configuration or its addresses say')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['table', 'json']).default('table'))
    .addHelpText('after', AFTER)
    .action(({ from, api, mode, node, output }: Typed) =>
      run(async (terminal) => {
        const { runAudit } = await import('./run-audit.ts');
        return runAudit({ dir: from, api, mode, node }, output, terminal);
      }),
    );
};

const DESCRIPTION = [
  "Does what a node's rules do agree with what Services and EndpointSlices demand of it? Every address of every Service is",
  'tried, in thought, from a pod, from the node and from outside, and where its connections end is compared: what is missing,',
  'wrong, too much, left over from another mode, or somebody else’s. Reads files only, and no cluster.',
].join(' ');

const AFTER = `
Exit codes:
  0  no error was found; there may be warnings and notes
  1  wrong usage, or not enough was recorded: nothing was found out
  2  at least one error was found

The folder holds what these print, as far as there is any of it:
  iptables-save.txt ip6tables-save.txt (or …-save-c.txt, with counters)   nft-list-ruleset.json (nft -j list ruleset) or .txt
  proc-net-ip_vs.txt or ipvsadm-Sn.txt   ipset-save.txt   ip-addr.json (ip -j addr) or .txt   configz.json   proxyMode.txt
and --api: services.json, endpointslices.json, nodes.json (kubectl get … -A -o json).

Examples:
  kubectl proxymode audit --from node-1/
  kubectl proxymode audit --from node-1/ --api objects/ -o json | jq '.findings[] | select(.severity == "error")'
`;
