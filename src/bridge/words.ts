// The only way into the text that nft reads. Names of Services, ports or endpoints never go there; addresses, prefixes and ports do,
// written anew from what they were understood to be.
import {
  addressAt,
  canonical,
  familyOf,
  holds,
  parsePrefix,
  type Family,
  type Prefix,
} from '../dataplane/addresses.ts';
import { PROTOCOLS, type BridgeProtocol } from './table.ts';

/** undefined for what is no address of this family, or names a zone: nothing outside this node's links has one. */
export function addressWord(address: string, family: Family): string | undefined {
  return familyOf(address) === family && !address.includes('%') ? canonical(address) : undefined;
}

export function portWord(port: number): string | undefined {
  return Number.isInteger(port) && port > 0 && port < 65_536 ? String(port) : undefined;
}

export function protocolWord(protocol: string): BridgeProtocol | undefined {
  return PROTOCOLS.find((known) => known === protocol.toLowerCase());
}

/** A network device as the kernel takes one (dev_valid_name): no text that could end a quoted word. */
export function deviceWord(name: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(name) ? name : undefined;
}

/** Prefixes of this family as nft wants them in a set: none lies within another. What is no prefix is left out. */
export function prefixWords(texts: readonly string[], family: Family): string[] {
  const wide = texts
    .flatMap((text) => parsePrefix(text.trim()) ?? [])
    .filter((prefix) => prefix.family === family)
    .toSorted((a, b) => a.length - b.length);
  const kept: { readonly prefix: Prefix; readonly first: string }[] = [];
  for (const prefix of wide) {
    const first = addressAt(prefix, 0n);
    if (first !== undefined && !kept.some((other) => holds(other.prefix, first))) kept.push({ prefix, first });
  }
  return kept.map(({ prefix, first }) => `${first}/${prefix.length}`);
}
