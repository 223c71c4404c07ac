// The texts of one node to its rules. What is not there is undefined, and nothing is said about it.
import type { Family } from '../addresses.ts';
import { parseIpAddresses } from '../parse/ip-addresses.ts';
import { parseIpsetSave } from '../parse/ipset-save.ts';
import { parseIptablesSave } from '../parse/iptables-save.ts';
import { parseIpvsadmSave } from '../parse/ipvsadm-save.ts';
import { parseNftJson } from '../parse/nft-json.ts';
import { parseNftText } from '../parse/nft-text.ts';
import { parseProcNetIpVs } from '../parse/proc-net-ip-vs.ts';
import type { IptablesRuleset } from '../rules/iptables.ts';
import type { NftRuleset } from '../rules/nftables.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import type { Texts } from './read-recording.ts';

/** Never throws. */
export function readRules(texts: Texts): NodeRules {
  const proc = texts.get('proc-net-ip_vs.txt');
  const saved = texts.get('ipvsadm-Sn.txt');
  const sets = texts.get('ipset-save.txt');
  const addresses = texts.get('ip-addr.json') ?? texts.get('ip-addr.txt');
  return {
    iptables: [...iptables(texts, 'IPv4', 'iptables'), ...iptables(texts, 'IPv6', 'ip6tables')],
    nftables: nftables(texts),
    virtualServers:
      proc !== undefined ? parseProcNetIpVs(proc) : saved === undefined ? undefined : parseIpvsadmSave(saved),
    ipSets: sets === undefined ? undefined : parseIpsetSave(sets),
    addresses: addresses === undefined ? undefined : parseIpAddresses(addresses),
  };
}

const FLAVOURS = ['', '-legacy', '-nft'];

/** Of each flavour the recording with counters, if there is one. */
function iptables(texts: Texts, family: Family, program: string): IptablesRuleset[] {
  return FLAVOURS.flatMap((flavour) => {
    const text = texts.get(`${program}${flavour}-save-c.txt`) ?? texts.get(`${program}${flavour}-save.txt`);
    return text === undefined ? [] : [parseIptablesSave(text, family)];
  });
}

/** JSON, else text: nft may be built without JSON, or crash while it writes it. */
function nftables(texts: Texts): NftRuleset | undefined {
  const json = texts.get('nft-list-ruleset.json');
  const read = json === undefined ? undefined : parseNftJson(json);
  if (read !== undefined) return read;
  const whole = texts.get('nft-list-ruleset.txt');
  const tables = [texts.get('nft-list-table-ip-kube-proxy.txt'), texts.get('nft-list-table-ip6-kube-proxy.txt')];
  const text = whole ?? tables.filter((table) => table !== undefined).join('\n');
  return whole === undefined && tables.every((table) => table === undefined) ? undefined : parseNftText(text);
}
