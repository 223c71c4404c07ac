// The formats an audit can be printed in.
import { stringify } from 'yaml';

export const AUDIT_OUTPUTS = ['table', 'json', 'yaml'] as const;
export type AuditOutput = (typeof AUDIT_OUTPUTS)[number];

/** `value` as a document, or the `lines` of the table for people. */
export function printed(output: AuditOutput, value: object, lines: () => readonly string[]): string {
  switch (output) {
    case 'table':
      return `${lines().join('\n')}\n`;
    case 'json':
      return `${JSON.stringify(value, undefined, 2)}\n`;
    case 'yaml':
      return stringify(value);
  }
}
