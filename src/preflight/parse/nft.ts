// What nft says of itself, and which tables there are.
import type { NftTable } from '../facts/probe.ts';

/** `nftables v1.0.6 (Lester Gooch #5)` → 1.0.6; undefined when it is something else. */
export function parseNftVersion(text: string): string | undefined {
  return /^nftables v([0-9]+(?:\.[0-9]+)*)/m.exec(text)?.[1];
}

/** `ipset v7.17, protocol version: 7` → 7.17. */
export function parseIpsetVersion(text: string): string | undefined {
  return /^ipset v([0-9]+(?:\.[0-9]+)*)/m.exec(text)?.[1];
}

/** Output of `nft -j list tables`, or of `nft list tables`; undefined when it is neither. */
export function parseNftTables(text: string): readonly NftTable[] | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('table ')) return plain(trimmed);
  const parsed = parseJson(trimmed);
  if (typeof parsed !== 'object' || parsed === null || !('nftables' in parsed) || !Array.isArray(parsed.nftables))
    return undefined;
  const entries: readonly unknown[] = parsed.nftables;
  return entries.flatMap((entry) => {
    const table = typeof entry === 'object' && entry !== null && 'table' in entry ? entry.table : undefined;
    return isTable(table) ? [{ family: table.family, name: table.name }] : [];
  });
}

function isTable(value: unknown): value is NftTable {
  if (typeof value !== 'object' || value === null || !('family' in value) || !('name' in value)) return false;
  return typeof value.family === 'string' && typeof value.name === 'string';
}

function plain(text: string): readonly NftTable[] {
  return [...text.matchAll(/^table (\S+) (\S+)$/gm)].map(([, family = '', name = '']) => ({ family, name }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller says so.
    return undefined;
  }
}
