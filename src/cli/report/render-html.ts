// The report as one page: no script, nothing loaded from anywhere, every word from the cluster escaped by hono/html.
import { html } from 'hono/html';
import { raw } from 'hono/utils/html';
import { humanDuration } from '../../rollout/duration.ts';
import { phaseStyle } from '../../terminal/progress-bar.ts';
import type { Fact } from '../migration/node-story.ts';
import type { Decision } from './decisions.ts';
import type { Spread } from './figures.ts';
import { renderTimeline } from './render-timeline.ts';
import type { NodeReport, Report } from './report.ts';
import { STYLE } from './style.ts';
import { timelineOf } from './timeline.ts';

type Html = ReturnType<typeof html>;

/** Nothing is fetched or run, whatever a reader's browser makes of the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export async function renderHtml(report: Report): Promise<string> {
  const { migration, decisions, diff, nodes, rules } = report;
  const title = `${migration.name}: ${way(report)}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        <p><span class="state ${phaseStyle(migration.phase)}">${migration.phase}</span> ${migration.message}</p>
        <p class="quiet">
          Written <time>${report.writtenAt}</time> of ${report.server} by kubectl proxymode. Times are UTC.
        </p>
        ${section('Figures', figures(report))}
        ${section(
          'What was decided, and why',
          html`<ol>
            ${decisions.map(decision)}
          </ol>`,
        )}
        ${section('When each node was on its way', chart(report))}
        ${section('The change to the configuration', diff === '' ? undefined : html`<pre><code>${diff}</code></pre>`)}
        ${section('What the preflight found', rules.length === 0 ? undefined : ruleTable(report))}
        ${section('What was asked for', html`<pre><code>${JSON.stringify(migration.spec, undefined, 2)}</code></pre>`)}
        ${section(`The nodes, ${nodes.length}`, nodes.length === 0 ? undefined : html`${nodes.map(node)}`)}
      </body>
    </html> `;
  return String(await page);
}

function way({ migration: { from, target } }: Report): string {
  return from === null ? `to ${target}` : `from ${from} to ${target}`;
}

function section(heading: string, content: Html | undefined): Html | string {
  return content === undefined
    ? ''
    : html`<section>
        <h2>${heading}</h2>
        ${content}
      </section>`;
}

function figures({ counts, figures: { took, perNode, withoutRules }, migration }: Report): Html {
  const rows: readonly (readonly [string, string])[] = [
    ...(counts === null ? [] : countRows(counts)),
    ['From the first change to the end', took === null ? 'it goes on' : humanDuration(took * 1000)],
    ['A node, from the replacement of its kube-proxy until it was verified', spread(perNode)],
    [
      'From the start of a new kube-proxy until its rules were written; new connections to Services may have failed meanwhile',
      spread(withoutRules),
    ],
    ['Attempts', String(migration.attempt)],
  ];
  return html`<table>
    ${rows.map(
      ([what, value]) =>
        html`<tr>
          <th scope="row">${what}</th>
          <td>${value}</td>
        </tr>`,
    )}
  </table>`;
}

function countRows(counts: NonNullable<Report['counts']>): readonly (readonly [string, string])[] {
  const { total, switched, fellBack, failed, rolledBack, skipped, pending, inFlight } = counts;
  const words = {
    switched,
    'fell back': fellBack,
    failed,
    'rolled back': rolledBack,
    skipped,
    pending,
    'in transit': inFlight,
  };
  const shown = Object.entries(words).filter(([, count]) => count > 0);
  return [['Nodes', `${total}: ${shown.map(([word, count]) => `${count} ${word}`).join(', ')}`]];
}

function spread(of: Spread | null): string {
  if (of === null) return 'not known';
  const inWords = (seconds: number): string =>
    seconds < 10 ? `${Math.round(seconds * 10) / 10}s` : humanDuration(seconds * 1000);
  return `${inWords(of.median)} in the middle, ${inWords(of.longest)} at most (${of.node}); ${of.nodes} node${of.nodes === 1 ? '' : 's'}`;
}

function decision({ at, what, why }: Decision): Html {
  return html`<li>${at === null ? '' : html`<time>${at}</time> `}<strong>${what}</strong> ${why}</li>`;
}

function chart(report: Report): Html | undefined {
  const timeline = timelineOf(report);
  if (timeline === undefined) return undefined;
  return html`<p class="quiet">Green: on the way to the target mode. Red: on the way back.</p>
    ${renderTimeline(timeline)}`;
}

function ruleTable({ rules }: Report): Html {
  return html`<table>
    <thead>
      <tr>
        <th>rule</th>
        <th>verdict</th>
        <th>nodes</th>
        <th>what was found</th>
      </tr>
    </thead>
    <tbody>
      ${rules.map(
        ({ rule, verdict, blocking, nodes, message, fix, accepted }) =>
          html`<tr>
            <td>${rule}</td>
            <td>
              ${verdict}${blocking ? ', in the way' : ''}${accepted === undefined ? '' : `, accepted by ${accepted}`}
            </td>
            <td>${nodes === 0 ? 'the cluster' : nodes}</td>
            <td>${message}${fix === undefined ? '' : html`<pre><code>${fix}</code></pre>`}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

const NODE_STYLES: Readonly<Record<string, string>> = {
  Switched: 'good',
  Failed: 'bad',
  FellBack: 'bad',
  Stranded: 'bad',
  Pending: 'quiet',
  Skipped: 'quiet',
  RolledBack: 'quiet',
};

function node({ name, zone, phase, mode, message, reason, meaning, evidence }: NodeReport): Html {
  const place = [zone, mode === null ? '' : `runs ${mode}`].filter(Boolean).join(', ');
  const isBad = NODE_STYLES[phase] === 'bad';
  return html`<details${isBad ? ' open' : ''}><summary><span class="name">${name}</span>
<span class="${NODE_STYLES[phase] ?? 'busy'}">${phase}</span> <span class="quiet">${place}</span></summary>
<p>${message}${meaning === '' ? '' : html` <span class="quiet">${reason}: ${meaning}</span>`}</p>
${evidence.map(
  ({ heading, facts }) =>
    html`<h3>${heading}</h3>
      <dl>${facts.map(fact)}</dl>`,
)}</details>
`;
}

function fact({ label, value, verbatim }: Fact): Html {
  return html`<dt>${label}</dt>
    <dd>${verbatim === true ? html`<code>${value}</code>` : value}</dd>`;
}
