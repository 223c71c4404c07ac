// The formats an assessment can be printed in.

export const OUTPUTS = ['table', 'json', 'yaml', 'markdown'] as const;
export type Output = (typeof OUTPUTS)[number];
