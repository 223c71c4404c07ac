// What the pages say of the product is what the product says: reasons, rules, distributions, chains, links, and the generated pages.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runbookText } from '../../charts/runbook.ts';
import { PROXY_MODES, type ProxyMode } from '../../src/api/fields.ts';
import { REASONS } from '../../src/api/reasons.ts';
import { referenceText } from '../../src/api/reference.ts';
import { CATALOGUE } from '../../src/preflight/catalogue.ts';
import { KUBEADM_PROFILES } from '../../src/preflight/distributions/kubeadm-family.ts';
import { MANAGED_PROFILES } from '../../src/preflight/distributions/managed.ts';
import { NODE_PROFILES } from '../../src/preflight/distributions/on-nodes.ts';
import { checkValue } from './helm-command.ts';
import { blocksOf, pageOf, PAGES, read, ROOT } from './pages.ts';

describe('troubleshooting', () => {
  const [, byReason = ''] = pageOf('docs/troubleshooting.md').split('\n## By reason\n');
  const entries = new Map(
    byReason
      .split(/^#### /m)
      .slice(1)
      .map((text) => {
        const [name = '', ...rest] = text.split(/^(?=###)|\n\n/m);
        return [name.trim(), rest] as const;
      }),
  );

  it('has an entry of every reason, and of no other', () => {
    expect([...entries.keys()].toSorted()).toEqual(Object.keys(REASONS).toSorted());
  });

  it.each(Object.entries(REASONS))('%s: what it means as in the source, what to look at, what to do', (name, means) => {
    const [said = '', advice = ''] = entries.get(name) ?? [];
    expect(said.replaceAll(/\s+/g, ' ')).toBe(means);
    expect(advice).toMatch(/^- \*\*Look at\*\* .+\n- \*\*Do\*\* .+/);
  });
});

describe('rules', () => {
  const RULES = new Map(CATALOGUE.map((rule) => [rule.id, rule]));
  /** In the last column of a table that is headed `rule`, and after the word rule. */
  const idsIn = (text: string): readonly string[] => [
    ...text
      .split(/\n\n/)
      .filter((part) => /^\|.*\| rule +\|\n/.test(part))
      .flatMap((table) => Array.from(table.matchAll(/\| `([^`|]+)` +\|$/gm), ([, id = '']) => id)),
    ...Array.from(
      text.matchAll(/\brules? (`[^`]+`(?:(?:,| and) `[^`]+`)*)/g),
      ([, list = '']) => list.match(/[^`, ]{5,}/g) ?? [],
    ).flat(),
  ];

  it.each([...PAGES])('%s names rules that exist', (_page, text) => {
    expect(idsIn(text).filter((id) => !RULES.has(id))).toEqual([]);
  });

  it.each(PROXY_MODES.flatMap((from) => PROXY_MODES.map((to) => [from, to] as const)))(
    'on the page from %s to %s, rules in tables are asked about that mode',
    (from, to) => {
      const text = PAGES.get(`docs/modes/${from}-to-${to}.md`);
      if (text === undefined) return expect(from === to || from === 'nftables').toBe(true);
      const tables = text.split(/\n\n/).filter((part) => part.startsWith('|'));
      const ids = tables.flatMap(idsIn);
      expect(ids.length).toBeGreaterThan(5);
      expect(ids.filter((id) => RULES.get(id)?.verdicts[to] === undefined)).toEqual([]);
    },
  );
});

describe('distributions', () => {
  const page = 'docs/distributions.md';
  const text = pageOf(page);
  const profiles = [...KUBEADM_PROFILES, ...MANAGED_PROFILES, ...NODE_PROFILES];
  const PARTS = {
    EDIT: 'You own it',
    'EDIT-THEN-UPSTREAM': "A tool's next run takes it back",
    API: 'A provider or a controller owns it',
    NODE: 'The mode is in files on the nodes',
    NONE: 'none',
  } as const;

  it.each(profiles.map((profile) => [profile.name, profile] as const))(
    '%s has its section, with what to change',
    (name, profile) => {
      const [before = '', rest = ''] = text.split(`\n## ${name}\n`);
      const [section = ''] = rest.split(/\n##? /);
      expect(rest).not.toBe('');
      if (typeof profile.right === 'string') expect(before.match(/^# .+$/gm)?.at(-1)).toBe(`# ${PARTS[profile.right]}`);
      const printed = /```text\n([^]*?)\n```/.exec(section)?.[1];
      expect(printed).toBe(profile.upstream?.('nftables'));
    },
  );
});

describe('the packet’s path', () => {
  const RECORDED: Readonly<Record<ProxyMode, readonly string[]>> = {
    iptables: ['iptables/iptables-save.txt'],
    ipvs: ['ipvs/iptables-save.txt', 'ipvs/ipset-save.txt', 'ipvs/ip-addr.json'],
    nftables: ['nftables/nft-list-ruleset.txt'],
  };
  const diagrams = blocksOf('docs/packet-path.md').filter(({ language }) => language === 'mermaid');

  it('has a diagram of each mode', () => {
    expect(diagrams).toHaveLength(PROXY_MODES.length);
  });

  it.each(PROXY_MODES.map((mode, i) => [mode, diagrams[i]?.text ?? ''] as const))(
    'names chains, maps and sets of %s that a real node had',
    (mode, diagram) => {
      const recorded = RECORDED[mode].map((file) => read(`src/dataplane/fixtures/${file}`)).join('\n');
      const names = mode === 'nftables' ? nftNames(diagram) : (diagram.match(/KUBE-[A-Z-]*[A-Z]|kube-ipvs0/g) ?? []);
      expect(names.length).toBeGreaterThan(6);
      expect(names.filter((name) => !new RegExp(`(^|[\\s:"@])${name}([\\s",-]|$)`, 'm').test(recorded))).toEqual([]);
    },
  );

  it.each(diagrams)('line $line: each arrow leads from and to a box that has a text', ({ text }) => {
    const boxes = new Set(Array.from(text.matchAll(/(\w+)\["[^"\]]+"\]/g), ([, id]) => id));
    const arrows = text.split('\n').filter((line) => /-->|-\.->/.test(line));
    const ends = arrows.flatMap((line) =>
      line
        .replaceAll(/\["[^"\]]+"\]/g, '')
        .replaceAll(/-- "[^"]*" -->/g, '-->')
        .split(/-->|-\.->/)
        .map((end) => end.trim()),
    );
    expect(ends.filter((end) => !boxes.has(end))).toEqual([]);
    expect(arrows.length).toBeGreaterThan(9);
  });

  /** First lines of boxes, and what follows the words map and set. */
  function nftNames(diagram: string): readonly string[] {
    const heads = Array.from(diagram.matchAll(/\["([^"<]+)/g), ([, head = '']) => head.split(', ')).flat();
    const objects = Array.from(diagram.matchAll(/\b(?:map|set) ([a-z-]+)/g), ([, name = '']) => name);
    return [...heads, ...objects].map((name) => name.replace(/-…$/, ''));
  }
});

describe('links and generated pages', () => {
  const links = [...PAGES].flatMap(([page, text]) =>
    Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, to = '']) => [page, to] as const),
  );

  it.each(links)('in %s, %s leads somewhere', (page, to) => {
    const [file = '', anchor] = to.split('#');
    const path = file === '' ? page : join(dirname(page), file);
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(read(path))).toContain(anchor);
  });

  /** As GitHub makes them of headings. */
  function anchorsOf(text: string): readonly string[] {
    const headings = Array.from(text.matchAll(/^#+ (.+)$/gm), ([, title = '']) => title.toLowerCase());
    return headings.map((title) => title.replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-'));
  }

  it('the index leads to every page, and the README to the index', () => {
    const others = [...PAGES.keys()].filter((page) => page !== 'docs/README.md');
    const index = pageOf('docs/README.md');
    expect(others.filter((page) => !index.includes(`](${page.replace('docs/', '')})`))).toEqual([]);
    expect(read('README.md')).toContain('](docs/README.md)');
  });

  it('the field reference is what src/api says', () => {
    expect(pageOf('docs/reference.md')).toBe(referenceText());
  });

  it('the runbook is what the alerts say', () => {
    expect(pageOf('docs/runbook.md')).toBe(runbookText(read('charts/proxymode/files/alerts.yaml')));
  });

  it('values of the chart that pages name are there', () => {
    const said = [...PAGES.values()]
      .flatMap((text) =>
        Array.from(
          text.matchAll(/\bvalues?\s+(`[^`]+`(?:(?:,| and) `[^`]+`)*)/g),
          ([, list = '']) => list.match(/[\w.]{3,}/g) ?? [],
        ),
      )
      .flat();
    expect(new Set(said)).toContain('metrics.rules.enabled');
    expect(new Set(said)).toContain('preflight.configMaps');
    for (const path of new Set(said)) expect(() => checkValue(path), path).not.toThrow();
  });
});
