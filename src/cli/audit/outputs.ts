// The formats an audit can be printed in.

export const AUDIT_OUTPUTS = ['table', 'json', 'yaml'] as const;
export type AuditOutput = (typeof AUDIT_OUTPUTS)[number];
