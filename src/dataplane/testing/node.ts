// The recorded node, ready to be audited: its rules, its settings, and the objects its rules are for.
import type { ProxyMode } from '../../api/fields.ts';
import { readRecording, type Recorded } from '../recording/read-recording.ts';
import { recorded, type Recording } from './recorded.ts';

const FILES = [
  'iptables-save-c.txt',
  'iptables-save.txt',
  'ip6tables-save.txt',
  'ipset-save.txt',
  'proc-net-ip_vs.txt',
  'nft-list-ruleset.json',
  'nft-list-ruleset.txt',
  'ip-addr.json',
  'ip-addr.txt',
  'configz.json',
  'proxyMode.txt',
];

/** The texts of a recording by file name. */
export function textsOf(folder: Recording): Map<string, string> {
  return new Map(FILES.flatMap((file) => present(folder, file)));
}

function present(folder: Recording, file: string): [string, string][] {
  try {
    return [[file, recorded(folder, file)]];
  } catch {
    // Not every mode has every file.
    return [];
  }
}

export function apiTexts(): Map<string, string> {
  return new Map(['services.json', 'endpointslices.json', 'nodes.json'].map((file) => [file, recorded('api', file)]));
}

export function recordedNode(folder: Recording, mode?: ProxyMode): Recorded {
  return readRecording(textsOf(folder), apiTexts(), { mode, node: undefined });
}
