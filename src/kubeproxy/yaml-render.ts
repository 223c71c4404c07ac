// How a value is written into YAML: quotes as the text around it has them.
import { isScalar } from 'yaml';
import type { Scalar, YAMLMap } from 'yaml';

/** What a field of KubeProxyConfiguration that belongs to a change of mode can be. */
export type FieldValue = string | number | boolean | readonly string[];

export type Quote = '"' | "'" | '';

export function render(value: FieldValue, quote: Quote): string {
  if (typeof value === 'string') return renderString(value, quote);
  if (typeof value === 'object') return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  return String(value);
}

/** Words that YAML 1.1 reads as something else when they stand without quotes. */
const KEYWORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;

function renderString(value: string, quote: Quote): string {
  const plain = /^[A-Za-z][A-Za-z0-9]*$|^([0-9]+(h|m|s|ms))+$/.test(value) && !KEYWORDS.test(value);
  if (quote === '' && plain) return value;
  return quote === "'" ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

/** JSON quotes everything, so what is added to a flow mapping with quoted keys is quoted too. */
export function styleOf(map: YAMLMap): Quote {
  return map.flow === true ? keyQuote(map.items[0]?.key) : '';
}

export function scalarQuote(scalar: Scalar): Quote {
  if (scalar.type === 'QUOTE_DOUBLE') return '"';
  return scalar.type === 'QUOTE_SINGLE' ? "'" : '';
}

/** A double-quoted key is JSON's habit; its value follows suit. */
export function keyQuote(key: unknown): Quote {
  return isScalar(key) && key.type === 'QUOTE_DOUBLE' ? '"' : '';
}

/** A flow mapping of one field, whose value is rendered already. */
export function flowMap(key: string, text: string, quote: Quote): string {
  return `{${quote}${key}${quote}: ${text}}`;
}
