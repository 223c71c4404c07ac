// What the read-only commands print on a simulated node that runs the kube-proxy image of 1.36: nft 1.0.6, ipset 7.17,
// iptables in the nft flavour. Only those whose programs the machine does not have as commands of its own.
import type { Place, Run } from './machine-commands.ts';
import { ok } from './machine-commands.ts';
import { modprobe } from './machine-modprobe.ts';

type Answer = (place: Place, words: readonly string[]) => Run;

const JSON_HEAD = { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } };
const CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'];
const IP_VS_HEAD =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n';

const ANSWERS: Readonly<Record<string, Answer>> = {
  features: ({ machine }, words) =>
    ok(
      argumentsOf(words)
        .filter((path) => machine.read(path) !== undefined)
        .map(line)
        .join(''),
    ),
  modprobeBlacklist: ({ machine }) =>
    ok(
      (machine.list('/etc/modprobe.d') ?? [])
        .flatMap((path) => (machine.read(path) ?? '').split('\n'))
        .filter((text) => /^\s*blacklist\s/.test(text))
        .map(line)
        .join(''),
    ),
  kernelConfig: () =>
    ok(['CONFIG_NF_TABLES=m', 'CONFIG_NFT_FIB_IPV4=m', 'CONFIG_NFT_FIB_IPV6=m', 'CONFIG_IP_VS=m'].map(line).join('')),
  modprobe: (place, words) =>
    ok(
      argumentsOf(words)
        .slice(1)
        .map((name) => oneModule(place, name))
        .join(''),
    ),
  hostPrograms: () => ok(['iptables', 'iptables-nft', 'iptables-legacy', 'ip6tables', 'modprobe'].map(line).join('')),
  nftVersion: () => ok('nftables v1.0.6 (Lester Gooch #5)\n'),
  protocolNames: () => ok('tcp\t6\tTCP\n'),
  ipsetVersion: () => ok('ipset v7.17, protocol version: 7\n'),
  nftTables: (place) =>
    isThere(place, 'nf_tables')
      ? ok(`${JSON.stringify({ nftables: [JSON_HEAD, ...tablesOf(place)] })}\n`)
      : ok('{"nftables": []}\n'),
  nftFib: (place) => fib(place, 'nft_fib_ipv4'),
  nftFib6: (place) => fib(place, 'nft_fib_ipv6'),
  nftRuleset: () => ok(''),
  iptablesLegacy: () => ok('service-chains 0\n'),
  ip6tablesLegacy: () => ok('service-chains 0\n'),
  iptablesNft: savedRules,
  ip6tablesNft: savedRules,
  ipVs: (place) => ok(place.rules().includes('ipvs') ? `${IP_VS_HEAD}TCP  0A600001:01BB rr \n` : ''),
  ipsets: (place) => ok(place.rules().includes('ipvs') ? 'KUBE-CLUSTER-IP\nKUBE-LOOP-BACK\n' : ''),
  devices: (place) => ok(devices(place.rules().includes('ipvs') ? ['lo', 'eth0', 'kube-ipvs0'] : ['lo', 'eth0'])),
  fibTrie: () => ok('Local:\n  +-- 0.0.0.0/0 2 0 2\n     |-- 127.0.0.1\n        /32 host LOCAL\n'),
  routes: () => ok('Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'),
  inet6Addresses: () => ok(''),
  localhostMirrors: () => ok(''),
  cniMarkChain: () => ok(''),
  networkManager: () => ok('no\n'),
};

export function probed(place: Place, id: string, words: readonly string[]): Run | undefined {
  return ANSWERS[id]?.(place, words);
}

function line(text: string): string {
  return `${text}\n`;
}

/** Of `sh -c SCRIPT sh ARGUMENT…`. */
function argumentsOf(words: readonly string[]): readonly string[] {
  return words.slice(4);
}

function oneModule(place: Place, name: string): string {
  const run = modprobe(place, ['-n', '-v', '-d', '/host', name]);
  return `== ${name}\n${run.stdout}${run.stderr}rc ${run.code}\n`;
}

/** Loaded or built in: the kernel is not asked about anything else, because it would load it to answer. */
function isThere({ machine }: Place, name: string): boolean {
  return ['loaded', 'builtIn'].includes(machine.modules.has(name));
}

function fib(place: Place, name: string): Run {
  return isThere(place, name)
    ? ok('')
    : { code: 125, stdout: '', stderr: `${name} is not loaded, and asking about it would load it\n` };
}

function tablesOf(place: Place): readonly object[] {
  const names = place.rules().includes('nftables') ? ['kube-proxy'] : ['filter', 'nat'];
  return names.flatMap((name) => ['ip', 'ip6'].map((family) => ({ table: { family, name, handle: 1 } })));
}

function savedRules(place: Place): Run {
  const rules = isThere(place, 'nf_tables') ? place.rules() : [];
  if (!rules.includes('iptables') && !rules.includes('ipvs')) return ok('service-chains 0\n');
  const chains = [
    'PREROUTING ACCEPT',
    'INPUT ACCEPT',
    'OUTPUT ACCEPT',
    'POSTROUTING ACCEPT',
    ...CHAINS.map((chain) => `${chain} -`),
  ];
  const table = [
    '*nat',
    ...chains.map((chain) => `:${chain} [0:0]`),
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    'COMMIT',
  ];
  return ok(`${table.map(line).join('')}service-chains ${rules.includes('iptables') ? 2 : 0}\n`);
}

function devices(names: readonly string[]): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  return (
    head +
    names
      .map(
        (name) =>
          `${name.padStart(6)}:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n`,
      )
      .join('')
  );
}
