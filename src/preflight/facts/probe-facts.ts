// From the outputs of the probe's commands to facts. A command that did not run, or ran into an error, leaves its fact unseen.
import { derive, deriveFrom, firstKnown, known, knownOr, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import { parseDevices, parseFibTrie, parseInet6, parseIpAddr } from '../parse/addresses.ts';
import { parseIpVs } from '../parse/ip-vs.ts';
import { parseIptablesSave } from '../parse/iptables-save.ts';
import { assignments, kernelOptions, linesOf, sysctls } from '../parse/lines.ts';
import { moduleStates } from '../parse/modules.ts';
import { parseIpsetVersion, parseNftTables, parseNftVersion } from '../parse/nft.ts';
import { NOT_ASKED, PROBED_MODULES } from '../probe-commands.ts';
import type { HostAddress, IptablesRules, ProbeFacts } from './probe.ts';
import type { CommandOutput, ProbeOutputs } from './snapshot.ts';

/** `probe` is undefined when nobody looked. */
export function probeFacts(node: string, probe: ProbeOutputs | undefined): ProbeFacts {
  const notProbed = unseen(`nobody looked at node ${node} itself`);
  const output = (id: string): Known<CommandOutput> =>
    probe === undefined
      ? notProbed
      : (probe.outputs[id] ?? unseen(probe.problem ?? `${id} was not run on node ${node}`));
  const ok = (id: string): Known<string> => deriveFrom([output(id)], (result) => succeeded(id, node, result));
  return {
    programs: probe === undefined ? notProbed : known(probe.programs),
    ...kernel(node, output, ok),
    osRelease: derive([ok('osRelease')], assignments),
    hostPrograms: derive([ok('hostPrograms')], (text) => new Set(linesOf(text))),
    nftVersion: deriveFrom([output('nftVersion')], (result) => versionFrom(result, parseNftVersion)),
    ipsetVersion: deriveFrom([output('ipsetVersion')], (result) => versionFrom(result, parseIpsetVersion)),
    protocolNames: deriveFrom([output('protocolNames')], found),
    nftTables: deriveFrom([ok('nftTables')], (text) => knownOr(parseNftTables(text), 'nft listed no tables')),
    nftFibError: deriveFrom([output('nftFib')], errorOf),
    nftFib6Error: deriveFrom([output('nftFib6')], errorOf),
    nftRulesetError: deriveFrom([output('nftRuleset')], errorOf),
    iptables: {
      legacy: saved(output('iptablesLegacy')),
      nft: saved(output('iptablesNft')),
      legacy6: saved(output('ip6tablesLegacy')),
      nft6: saved(output('ip6tablesNft')),
    },
    virtualServers: derive([ok('ipVs')], parseIpVs),
    ipsets: derive([ok('ipsets')], linesOf),
    devices: derive([ok('devices')], parseDevices),
    addresses: addresses(ok),
    localhostMirrors: derive([ok('localhostMirrors')], linesOf),
    cniMarkChain: derive([ok('cniMarkChain')], linesOf),
    markScripts: derive([ok('markScripts')], linesOf),
    networkManager: derive([ok('networkManager')], (text) => text.trim() === 'yes'),
    networkManagerUnmanaged: derive([ok('networkManagerUnmanaged')], linesOf),
  };
}

type Ask<T> = (id: string) => Known<T>;

function kernel(
  node: string,
  output: Ask<CommandOutput>,
  ok: Ask<string>,
): Pick<ProbeFacts, 'modules' | 'sysctls' | 'kernelConfig'> {
  const procModules = ok('procModules');
  // Some lines of a partly failed grep or modprobe are still facts, so their exit codes are not asked.
  const printed = (id: string): Known<string> => derive([output(id)], ({ stdout }) => stdout);
  const modprobe = printed('modprobe');
  const features = derive([ok('features')], (text) => new Set(linesOf(text)));
  const settings = derive([printed('sysctls')], sysctls);
  const states = moduleStates(PROBED_MODULES, {
    procModules,
    builtin: ok('modulesBuiltin'),
    modprobe,
    existing: features,
    commandLine: ok('commandLine'),
    blacklist: printed('modprobeBlacklist'),
    modulesDisabled: derive([settings], (all) => all['kernel.modules_disabled']),
  });
  return {
    modules: procModules.known || modprobe.known || features.known ? known(states) : procModules,
    sysctls: settings,
    kernelConfig: deriveFrom([printed('kernelConfig')], (text) =>
      text === '' ? unseen(`node ${node} keeps no build configuration of its kernel`) : known(kernelOptions(text)),
    ),
  };
}

function succeeded(id: string, node: string, { code, stdout, stderr }: CommandOutput): Known<string> {
  if (code === 0) return known(stdout);
  if (code === NOT_ASKED) return unseen(whyNotAsked(stderr));
  const said = stderr.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  return unseen(`${id} on node ${node} ended with exit code ${code}${said === '' ? '' : `: ${said}`}`);
}

/** "nf_tables is not loaded, and asking would load it". */
function whyNotAsked(stderr: string): string {
  return stderr.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
}

/** 126 and 127: the program cannot be run, or is not there. */
function isMissing({ code }: CommandOutput): boolean {
  return code === 126 || code === 127;
}

function versionFrom(result: CommandOutput, parse: (text: string) => string | undefined): Known<string | undefined> {
  if (isMissing(result)) return known(undefined);
  const version = parse(result.stdout);
  return knownOr(version, `its version cannot be read from ${JSON.stringify(result.stdout.slice(0, 80))}`);
}

/** Of grep: 1 is "no such line", 2 "no such file", which comes to the same here. */
function found({ code }: CommandOutput): Known<boolean> {
  return code <= 2 ? known(code === 0) : unseen(`grep ended with exit code ${code}`);
}

/** Known undefined: ended well. A program that is missing, or may not ask the kernel, says nothing. */
function errorOf(result: CommandOutput): Known<string | undefined> {
  if (result.code === 0) return known(undefined);
  if (result.code === NOT_ASKED) return unseen(whyNotAsked(result.stderr));
  if (isMissing(result)) return unseen('nft is missing where the commands run');
  if (/operation not permitted|permission denied|must be root/i.test(result.stderr))
    return unseen('nft was run without the right to ask the kernel');
  const signal = result.code > 128 ? `, ended by signal ${result.code - 128}` : '';
  const said = result.stderr.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
  return known(`exit code ${result.code}${signal}${said === '' ? '' : `: ${said}`}`);
}

/** A flavour whose program is missing cannot be seen; it may hold rules all the same. */
function saved(output: Known<CommandOutput>): Known<IptablesRules> {
  return deriveFrom([output], (result) => {
    if (isMissing(result)) return unseen('there is no program for this flavour of iptables');
    if (result.code === 0) return known(parseIptablesSave(result.stdout));
    if (result.code === NOT_ASKED) return unseen(whyNotAsked(result.stderr));
    return unseen(`iptables-save ended with exit code ${result.code}: ${result.stderr.trim().slice(0, 200)}`);
  });
}

function addresses(ok: Ask<string>): Known<readonly HostAddress[]> {
  const byProgram = deriveFrom([ok('ipAddresses')], (text) => knownOr(parseIpAddr(text), 'ip listed no addresses'));
  const byFiles = derive([ok('fibTrie'), ok('routes'), ok('inet6Addresses')], (trie, routes, inet6) => [
    ...parseFibTrie(trie, routes),
    ...parseInet6(inet6),
  ]);
  return firstKnown<readonly HostAddress[]>(byProgram, byFiles);
}
