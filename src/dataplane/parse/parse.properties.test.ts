// Nothing a node prints may end the audit: cut off, mixed up, or made by somebody who wishes us ill.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audit } from '../compare/audit.ts';
import { readRecording } from '../recording/read-recording.ts';
import { apiTexts, textsOf } from '../testing/node.ts';
import { recorded } from '../testing/recorded.ts';
import { parseIpAddresses } from './ip-addresses.ts';
import { parseIpsetSave } from './ipset-save.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { parseIpvsadmSave } from './ipvsadm-save.ts';
import { parseNftJson } from './nft-json.ts';
import { parseNftText } from './nft-text.ts';
import { parseProcNetIpVs } from './proc-net-ip-vs.ts';

const PARSERS: readonly ((text: string) => unknown)[] = [
  (text) => parseIptablesSave(text, 'IPv4'),
  parseIpAddresses,
  parseIpsetSave,
  parseIpvsadmSave,
  parseNftJson,
  parseNftText,
  parseProcNetIpVs,
];

/** Words that mean something to a parser, and some that mean something to JavaScript. */
const WORDS = [
  '*nat',
  ':KUBE-SVC-X - [0:0]',
  '-A KUBE-SVC-X',
  '-j',
  'DNAT',
  '--to-destination',
  '10.0.0.1:80',
  '! -s',
  '-m',
  '"',
  '\\',
  '__proto__',
  'constructor',
  'toString',
  'table ip kube-proxy {',
  '\tchain a {',
  '\tmap m {',
  '\t}',
  '}',
  'elements = {',
  ':',
  ',',
  'ip daddr',
  '.',
  'meta l4proto',
  'vmap',
  '@m',
  'numgen random mod',
  '0',
  '-1',
  '1e999',
  'goto',
  'TCP  0A600001:01BB rr',
  '  -> ',
  'create a hash:ip',
  'add a b',
  '-A -t',
  '-a -t',
  '[',
  ']',
  '{"nftables":[',
  '\n',
  '\r\n',
  '\0',
  '\u{1F600}',
  '/',
  '::/0',
];
const WORD = fc.constantFrom(...WORDS);
const NOISE = fc.array(fc.oneof(WORD, fc.string({ maxLength: 12 })), { maxLength: 60 }).map((words) => words.join(' '));

test('no parser throws on noise', () => {
  fc.assert(
    fc.property(NOISE, (text) => {
      for (const parse of PARSERS) parse(text);
    }),
    { numRuns: 400 },
  );
});

test('no parser throws on any JSON that is not what nft or ip print', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (whole, item) => {
      parseNftJson(whole);
      parseNftJson(
        `{"nftables":[{"table":{"family":"ip","name":"kube-proxy"}},${item},{"rule":${item}},{"map":${item}},{"rule":{"family":"ip","table":"kube-proxy","chain":"a","expr":[${item}]}}]}`,
      );
      parseIpAddresses(`[${item}]`);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['[', ']'],
  ['{"elem":{"val":', '}}'],
  ['{"set":[', ']}'],
])('no parser runs out of stack where an element is %s, twenty thousand times', (open, close) => {
  const deep = `${open.repeat(20_000)}1${close.repeat(20_000)}`;
  const table = '{"table":{"family":"ip","name":"kube-proxy"}}';
  const map = `{"map":{"family":"ip","table":"kube-proxy","name":"m","elem":[[${deep},{"accept":null}]]}}`;
  const rule = `{"rule":{"family":"ip","table":"kube-proxy","chain":"a","expr":[{"match":{"left":1,"right":${deep}}}]}}`;
  for (const item of [map, rule]) expect(parseNftJson(`{"nftables":[${table},${item}]}`)).toBeUndefined();
  expect(parseIpAddresses(`[{"ifname":${deep},"addr_info":[{"local":"10.0.0.1"}]}]`)).toBeUndefined();
});

test('brackets inside a text are not levels', () => {
  const comment = `\\"${'[{'.repeat(500)}`;
  const table = '{"table":{"family":"ip","name":"kube-proxy"}}';
  const rule = `{"rule":{"family":"ip","table":"kube-proxy","chain":"a","comment":"${comment}","expr":[]}}`;
  const [read] = parseNftJson(`{"nftables":[${table},${rule}]}`)?.kubeProxy ?? [];
  expect(read?.chains.get('a')?.rules[0]?.comment).toBe(`"${'[{'.repeat(500)}`);
});

test.each(['ifname', 'dport', 'prio', 'counter', 'len'])(
  'no parser asks an object of %s what number it is',
  (place) => {
    const trap = '{"toString":1,"valueOf":1}';
    const port = '{"payload":{"protocol":"tcp","field":"dport"}}';
    const expressions: Readonly<Record<string, string>> = {
      dport: `{"match":{"op":"==","left":${port},"right":${trap}}}`,
      counter: `{"counter":{"packets":${trap},"bytes":${trap}}}`,
      len: `{"match":{"op":"==","left":{"payload":{"field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":${trap}}}}}`,
    };
    const own = '"family":"ip","table":"kube-proxy"';
    const items = [
      '{"table":{"family":"ip","name":"kube-proxy"}}',
      `{"chain":{${own},"name":"a","type":"filter","hook":"input","prio":${place === 'prio' ? trap : 0}}}`,
      `{"rule":{${own},"chain":"a","expr":[${expressions[place] ?? ''}]}}`,
    ];
    expect(parseNftJson(`{"nftables":[${items.join()}]}`)?.kubeProxy).toHaveLength(1);
    expect(parseIpAddresses(`[{"ifname":${trap},"addr_info":[{"local":"10.0.0.1"}]}]`)).toEqual([
      { device: '', address: '10.0.0.1' },
    ]);
  },
);

const FILES = [
  ['iptables', 'iptables-save-c.txt'],
  ['nftables', 'nft-list-ruleset.txt'],
  ['nftables', 'nft-list-ruleset.json'],
  ['ipvs', 'proc-net-ip_vs.txt'],
  ['ipvs', 'ipset-save.txt'],
  ['ipvs', 'iptables-save-c.txt'],
] as const;

test('an audit of recordings that were cut off, or had a piece taken out, ends with findings', () => {
  fc.assert(
    fc.property(fc.constantFrom(...FILES), fc.nat(1000), fc.nat(1000), ([mode, file], start, length) => {
      const texts = textsOf(mode);
      if (file === 'nft-list-ruleset.txt') texts.delete('nft-list-ruleset.json');
      const text = recorded(mode, file);
      const from = Math.floor((text.length * start) / 1000);
      texts.set(file, text.slice(0, from) + text.slice(from + Math.floor((text.length * length) / 1000)));
      expect(audit(readRecording(texts, apiTexts(), { mode, node: undefined })).findings).toBeInstanceOf(Array);
    }),
    { numRuns: 60 },
  );
});

test('what is not understood is counted, and the first of it kept', () => {
  const set = parseIptablesSave('*nat\nwhat is this\n-A KUBE-SERVICES -m time --timestart 01:00 -j RETURN\n', 'IPv4');
  expect(set.notUnderstood).toEqual({
    count: 3,
    first: ['what is this', ...Array<string>(2).fill('-A KUBE-SERVICES -m time --timestart 01:00 -j RETURN')],
  });
});
