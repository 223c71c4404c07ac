// docs/runbook.md: what to do at each alert, from the alerts themselves, so that page and pager say the same.
import { parse } from 'yaml';

type Alert = {
  readonly alert: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
};
type Alerts = { readonly groups: readonly { readonly rules: readonly Alert[] }[] };

const HEAD = `<!-- Generated from charts/proxymode/files/alerts.yaml by \`npm run generate\`. Do not edit. -->

# Runbook

One section an alert (value \`metrics.rules.enabled\` of the [chart](../charts/proxymode/README.md)). The operator is taken to be in the namespace
\`proxymode\`. What is in capitals stands in the alert's labels. What each reason means: [troubleshooting](troubleshooting.md).
`;

/** \`text\` is that of alerts.yaml, in which the chart has not put the namespace yet. */
export function runbookText(text: string): string {
  const { groups } = parse(text.replaceAll('@NAMESPACE@', 'proxymode')) as Alerts;
  return [HEAD, ...groups.flatMap(({ rules }) => rules).map(section)].join('\n');
}

function section({ alert, for: lasting, labels, annotations }: Alert): string {
  const { summary, description, runbook } = annotations;
  const after = lasting === undefined ? 'at once' : `after ${lasting}`;
  const text = `## ${alert}\n\n${summary} (${labels.severity}, ${after})\n\n${description}\n\n\`\`\`text\n${runbook.trimEnd()}\n\`\`\`\n`;
  return text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => label.toUpperCase());
}
