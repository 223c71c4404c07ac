// What is run on a node to read its rules, in a helper pod or over SSH: read-only, scripts are constants, whatever differs is an argument.
// Ids are the names of the files of a recording (dataplane/recording/files.ts), where the output can be one.
//
// Looking must load nothing (see preflight/probe-commands.ts): nft and ipset are asked only where the kernel has them already, loaded
// or built in. What is built in is told by /proc/kallsyms, so that no file of the node is needed.
import type { BatchCommand } from '../../node/batch.ts';
import { CHOOSE_SAVE, NOT_ASKED, script } from '../../preflight/probe-commands.ts';

/** `has MODULE SYMBOL`: the symbol is one of the module's own. Where it cannot be told, it ends the script. */
const HAS = `has() {
  if [ ! -e /proc/modules ] || grep -q "^$1 " /proc/modules; then return 0; fi
  if [ ! -r /proc/kallsyms ]; then echo "$1 is not loaded, and asking about it might load it" >&2; exit ${NOT_ASKED}; fi
  grep -q " $2\\$" /proc/kallsyms
}
`;
const NF_TABLES = 'has nf_tables nft_register_expr';
const IP_SET = 'has ip_set ip_set_type_register';

/**
 * "$1" iptables or ip6tables, "$2" legacy or nft. Prints nothing where the flavour has no rules. Exit code 127: no such program.
 */
const IPTABLES_SAVE = `${HAS}${CHOOSE_SAVE}if [ "$2" = nft ]; then ${NF_TABLES} || exit 0
else
  names=/proc/net/ip_tables_names; [ "$1" = iptables ] || names=/proc/net/ip6_tables_names
  [ -e "$names" ] || exit 0
  tables=$(cat "$names") || exit 4
  [ -n "$tables" ] || exit 0
fi
exec "$save" -c`;

/** "$1" ip or ip6. Only kube-proxy's own table: iptables-save tells what iptables keeps in others. */
const NFT_TABLE = `${HAS}${NF_TABLES} || exit 0
tables=$(nft list tables "$1") || exit $?
printf '%s\\n' "$tables" | grep -qx "table $1 kube-proxy" || exit 0
exec nft list table "$1" kube-proxy`;

const IPSETS = `${HAS}if ${IP_SET}; then exec ipset save; fi`;
const PRINT = '[ ! -e "$1" ] || exec cat "$1"';

/** The image of kube-proxy has no `ip`: what it would say is put together from files of /proc/net (own-addresses.ts). */
export const ADDRESSES = {
  ip: 'ip-addr.json',
  fibTrie: 'fib_trie',
  routes: 'route',
  inet6: 'if_inet6',
  devices: 'dev',
} as const;
export const PROC_IP_VS = 'proc-net-ip_vs.txt';
export const IPTABLES_PROGRAMS = ['iptables', 'ip6tables'] as const;
const FLAVOURS = ['legacy', 'nft'] as const;

/** One for each flavour. */
export const savedBy = (program: string): readonly string[] =>
  FLAVOURS.map((flavour) => `${program}-${flavour}-save-c.txt`);

export const RULES_COMMANDS: readonly BatchCommand[] = [
  ...IPTABLES_PROGRAMS.flatMap((program) =>
    savedBy(program).map((id, at) => ({ id, argv: script(IPTABLES_SAVE, program, FLAVOURS[at] ?? '') })),
  ),
  ...['ip', 'ip6'].map((family) => ({
    id: `nft-list-table-${family}-kube-proxy.txt`,
    argv: script(NFT_TABLE, family),
  })),
  { id: PROC_IP_VS, argv: script(PRINT, '/proc/net/ip_vs') },
  { id: 'ipset-save.txt', argv: script(IPSETS) },
  { id: ADDRESSES.ip, argv: ['ip', '-j', 'addr'] },
  ...[ADDRESSES.fibTrie, ADDRESSES.routes, ADDRESSES.inet6, ADDRESSES.devices].map((name) => ({
    id: name,
    argv: script(PRINT, `/proc/net/${name}`),
  })),
];
