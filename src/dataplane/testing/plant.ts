// Plants a fault in recorded texts. An edit that changes nothing is an error of the test.
import type { ProxyMode } from '../../api/fields.ts';
import { audit } from '../compare/audit.ts';
import type { Finding } from '../compare/finding.ts';
import { readRecording } from '../recording/read-recording.ts';
import { apiTexts, textsOf } from './node.ts';

export type Edit = (texts: Map<string, string>) => void;

export const IPTABLES = 'iptables-save-c.txt';
export const IP6TABLES = 'ip6tables-save.txt';
export const NFT = 'nft-list-ruleset.txt';
export const SERVERS = 'proc-net-ip_vs.txt';
export const SETS = 'ipset-save.txt';
export const DEVICES = 'ip-addr.json';

/** What the audit says of a healthy recording of that mode after the edit. */
export function auditPlanted(mode: ProxyMode, edit: Edit): readonly Finding[] {
  const texts = textsOf(mode);
  // The text form is easier to edit; that both forms read the same is tested beside the parsers.
  if (mode === 'nftables') texts.delete('nft-list-ruleset.json');
  edit(texts);
  return audit(readRecording(texts, apiTexts(), { mode: undefined, node: undefined })).findings;
}

export function replace(name: string, what: string | RegExp, by: string): Edit {
  return (texts) => {
    const text = texts.get(name) ?? '';
    const edited = text.replace(what, () => by);
    if (edited === text) throw new Error(`nothing to replace in ${name}: ${what}`);
    texts.set(name, edited);
  };
}

/** Takes out every line that matches. */
export function without(name: string, line: RegExp): Edit {
  return (texts) => {
    const lines = (texts.get(name) ?? '').split('\n');
    const kept = lines.filter((one) => !line.test(one));
    if (kept.length === lines.length) throw new Error(`no line to take out of ${name}: ${line}`);
    texts.set(name, kept.join('\n'));
  };
}

/** Puts lines in front of the first that matches. */
export function before(name: string, line: RegExp, added: string): Edit {
  return (texts) => {
    const lines = (texts.get(name) ?? '').split('\n');
    const at = lines.findIndex((one) => line.test(one));
    if (at < 0) throw new Error(`no such line in ${name}: ${line}`);
    texts.set(name, [...lines.slice(0, at), added, ...lines.slice(at)].join('\n'));
  };
}

/** Adds a recording, or takes the place of one. */
export function file(name: string, text: string): Edit {
  return (texts) => void texts.set(name, text);
}

export function both(...edits: readonly Edit[]): Edit {
  return (texts) => {
    for (const edit of edits) edit(texts);
  };
}
