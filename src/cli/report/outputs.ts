// The formats a report can be written in.

export const REPORT_OUTPUTS = ['html', 'markdown', 'json'] as const;
export type ReportOutput = (typeof REPORT_OUTPUTS)[number];
