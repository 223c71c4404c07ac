import { describe, expect, it } from 'vitest';
import { migration, record } from '../testing/migration.ts';
import { report, reportInput } from '../testing/report.ts';
import { renderHtml } from './render-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { Report } from './report.ts';

const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&`;

/** Every text that somebody else may have written is hostile. */
function hostile(): Report {
  const input = reportInput();
  const { migration: honest } = input;
  const { status = {}, metadata } = honest;
  return report({
    migration: {
      ...honest,
      metadata: { ...metadata, name: EVIL },
      status: {
        ...status,
        message: EVIL,
        plan: { diff: EVIL, order: [EVIL] },
        turnedBack: { at: '2026-03-02T08:59:00Z', because: EVIL },
      },
    },
    records: [
      record(EVIL, 'Failed', { ...input.records[0]?.status, phase: 'Failed', message: EVIL, mode: EVIL, reason: EVIL }),
    ],
    zones: new Map([[EVIL, EVIL]]),
    server: EVIL,
  });
}

/** As a reader sees it: blanks between tags and words count as one, next to tags as none. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/(?<=>) | (?=<)/g, '');
}

describe('the page', () => {
  it('holds everything: verdict, figures, decisions, chart, change, rules, nodes', async () => {
    const page = flat(await renderHtml(report()));
    for (const words of [
      '<h1>to-nftables: from iptables to nftables</h1>',
      '<span class="state bad">RolledBack</span>node n3 did not switch',
      '10s in the middle, 20s at most (n2); 2 nodes',
      '<strong>To turn round.</strong>node n3: kube-proxy ended',
      '<svg viewBox="0 0 1000 ',
      '<pre><code>-mode: iptables +mode: nftables</code></pre>',
      '<td>block, accepted by spec.preflight.accept</td>',
      '<details open><summary><span class="name">n3</span>',
      '<dt>last words</dt><dd>no nft</dd>',
    ])
      expect(page).toContain(words);
  });

  it('runs nothing, loads nothing, and forbids both', async () => {
    const page = await renderHtml(report());
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|img|base|form)\b/i);
    expect(page).not.toMatch(/\b(src|href|action|on[a-z]+)=/i);
    expect(page).not.toMatch(/url\(|@import/);
    expect(page).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;;`);
  });

  it('lets nothing that others wrote become markup', async () => {
    const page = await renderHtml(hostile());
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    // Every attribute ends where it was meant to: all tags of the page are known ones.
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, tag]) => tag?.toLowerCase()));
    for (const tag of tags) expect(KNOWN).toContain(tag);
  });

  it('is readable in light and dark', async () => {
    const page = await renderHtml(report());
    expect(page).toContain('color-scheme: light dark');
    for (const [, light, dark] of page.matchAll(/light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g))
      expect(light).not.toBe(dark);
  });

  it('of a migration that has not begun is a page, too', async () => {
    const { status: _none, ...unseen } = migration();
    const page = await renderHtml(report({ migration: unseen, records: [] }));
    expect(page).toContain('<h1>to-nftables: to nftables</h1>');
    expect(page).not.toContain('<svg');
  });
});

const KNOWN = [
  '!doctype html head meta title style body section h1 h2 h3 p span strong time table thead tbody tr th td ol li pre code',
  'dl dt dd details summary svg line text rect',
].flatMap((line) => line.split(' '));

describe('the Markdown', () => {
  it('holds the same', () => {
    const text = renderMarkdown(report());
    for (const words of [
      '# to-nftables: from iptables to nftables\n',
      '**RolledBack** node n3 did not switch\n',
      '- a node, until verified: 10 s in the middle, 20 s at most (n2)\n',
      '**To turn round.** node n3: kube-proxy ended. By spec.onFailure as it is now, the switched nodes follow in reverse order.\n',
      '```\n-mode: iptables\n+mode: nftables\n```\n',
      '| n3 | zone-c | Failed | iptables | kube-proxy ended with exit code 1 |\n',
      '### n3\n',
    ])
      expect(text).toContain(words);
  });

  it('lets nothing that others wrote become markup', () => {
    const text = renderMarkdown(hostile());
    const outside = text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/(?<!\\)<script/);
  });
});
