// One rule of iptables-save: its matches and its target. The words follow iptables-extensions(8).
import type { Counter } from '../rules/counter.ts';
import type { IptablesMatch, IptablesRule, IptablesTarget } from '../rules/iptables.ts';
import { splitHostPort } from '../addresses.ts';
import { wordsOf } from './words.ts';

type Reading = { readonly words: readonly string[]; at: number; negated: boolean; readonly found: Found };
type Found = {
  readonly matches: IptablesMatch[];
  comment: string | undefined;
  target: IptablesTarget | undefined;
  recent: { does: 'check' | 'remember'; list: string; seconds: number } | undefined;
  ipvs: { address: string; port: number } | undefined;
};

/** `text` is what stands behind `-A CHAIN `. Never throws. */
export function parseIptablesRule(text: string, counter: Counter | undefined): IptablesRule {
  const found: Found = { matches: [], comment: undefined, target: undefined, recent: undefined, ipvs: undefined };
  const reading: Reading = { words: wordsOf(text), at: 0, negated: false, found };
  while (reading.at < reading.words.length) readOption(reading);
  if (found.recent !== undefined) found.matches.push({ kind: 'recent', ...found.recent });
  if (found.ipvs !== undefined) found.matches.push({ kind: 'ipvs', ...found.ipvs });
  return { matches: found.matches, comment: found.comment, target: found.target, counter, text };
}

function readOption(reading: Reading): void {
  const word = next(reading);
  if (word === '!') {
    reading.negated = true;
    return;
  }
  const option = OPTIONS.get(word);
  if (option === undefined) reading.found.matches.push({ kind: 'other', text: word });
  else option(reading);
  reading.negated = false;
}

function next(reading: Reading): string {
  const word = reading.words[reading.at] ?? '';
  reading.at += 1;
  return word;
}

type Option = (reading: Reading) => void;

/** An option with one value that becomes one match. */
function match(make: (value: string, negated: boolean) => IptablesMatch): Option {
  return (reading) => {
    reading.found.matches.push(make(next(reading), reading.negated));
  };
}

const skip: Option = (reading) => void next(reading);
const nothing: Option = () => {};

function local(kind: 'sourceIsLocal' | 'destinationIsLocal'): Option {
  return match((value, negated) =>
    value === 'LOCAL' ? { kind, negated } : { kind: 'other', text: `addrtype ${value}` },
  );
}

const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>(
  Object.entries({
    '-s': match((prefix, negated) => ({ kind: 'source', negated, prefix })),
    '-d': match((prefix, negated) => ({ kind: 'destination', negated, prefix })),
    '-p': match((protocol, negated) => ({ kind: 'protocol', negated, protocol })),
    '-i': match((name, negated) => ({ kind: 'interface', side: 'in', negated, name })),
    '-o': match((name, negated) => ({ kind: 'interface', side: 'out', negated, name })),
    '--dport': match(portMatch),
    '--src-type': local('sourceIsLocal'),
    '--dst-type': local('destinationIsLocal'),
    '--ctstate': match((states, negated) => ({ kind: 'state', negated, states: states.split(',') })),
    '--mark': match(markMatch),
    '--probability': match((value) => ({ kind: 'probability', probability: Number(value) })),
    '--match-set': (reading) => {
      const set = next(reading);
      reading.found.matches.push({ kind: 'set', negated: reading.negated, set, fields: next(reading).split(',') });
    },
    '--nfacct-name': match((name) => ({ kind: 'accounting', name })),
    '--physdev-is-in': (reading) => void reading.found.matches.push({ kind: 'physicalIn', negated: reading.negated }),
    '--rcheck': (reading) => (recent(reading).does = 'check'),
    '--set': (reading) => (recent(reading).does = 'remember'),
    '--seconds': (reading) => (recent(reading).seconds = Number(next(reading))),
    '--name': (reading) => (recent(reading).list = next(reading)),
    '--vaddr': (reading) => (ipvs(reading).address = next(reading)),
    '--vport': (reading) => (ipvs(reading).port = Number(next(reading))),
    '--comment': (reading) => (reading.found.comment = next(reading)),
    '-j': (reading) => (reading.found.target = target(reading)),
    '-g': (reading) => (reading.found.target = { kind: 'goto', chain: next(reading) }),
    // What says no more than is said elsewhere in the rule.
    '-m': skip,
    '--mode': skip,
    '--mask': skip,
    '--vproto': skip,
    '--rsource': nothing,
    '--reap': nothing,
  }),
);

function recent({ found }: Reading): NonNullable<Found['recent']> {
  return (found.recent ??= { does: 'check', list: '', seconds: 0 });
}

function ipvs({ found }: Reading): NonNullable<Found['ipvs']> {
  return (found.ipvs ??= { address: '', port: 0 });
}

function portMatch(value: string, negated: boolean): IptablesMatch {
  return /^[0-9]{1,5}$/.test(value)
    ? { kind: 'destinationPort', negated, port: Number(value) }
    : { kind: 'other', text: `--dport ${value}` };
}

function markMatch(value: string, negated: boolean): IptablesMatch {
  const [bits = '', mask = '0xffffffff'] = value.split('/');
  return { kind: 'mark', negated, value: Number(bits), mask: Number(mask) };
}

const ENDS = { ACCEPT: 'accept', DROP: 'drop', RETURN: 'return' } as const;

function target(reading: Reading): IptablesTarget {
  const name = next(reading);
  if (name === 'ACCEPT' || name === 'DROP' || name === 'RETURN') return { kind: ENDS[name] };
  const rest = reading.words.slice(reading.at);
  if (!/^[A-Z]+$/.test(name) || rest.length === 0) return jumpOr(name);
  const known = OPTION_TARGETS.get(name);
  if (known === undefined) return jumpOr(name);
  reading.at = reading.words.length;
  return known(rest);
}

/** A target in capitals with no option may be a chain, too: whether there is one is for the reader of the table to say. */
function jumpOr(name: string): IptablesTarget {
  if (name === 'MASQUERADE') return { kind: 'masquerade' };
  return name === 'REJECT' ? { kind: 'reject' } : { kind: 'jump', chain: name };
}

const OPTION_TARGETS: ReadonlyMap<string, (rest: readonly string[]) => IptablesTarget> = new Map(
  Object.entries({
    MASQUERADE: () => ({ kind: 'masquerade' }),
    REJECT: () => ({ kind: 'reject' }),
    MARK: markTarget,
    DNAT: dnatTarget,
    SNAT: (rest) => ({ kind: 'other', text: `SNAT ${rest.join(' ')}` }),
  }),
);

function markTarget(rest: readonly string[]): IptablesTarget {
  const [option, value = ''] = rest;
  const [bits = '', mask = '0xffffffff'] = value.split('/');
  // --or-mark 0x4000 is how old iptables print it.
  if (option === '--set-xmark') return { kind: 'mark', value: Number(bits), mask: Number(mask) };
  if (option === '--or-mark') return { kind: 'mark', value: Number(bits), mask: Number(bits) };
  if (option === '--xor-mark') return { kind: 'mark', value: Number(bits), mask: 0 };
  return { kind: 'other', text: `MARK ${rest.join(' ')}` };
}

function dnatTarget(rest: readonly string[]): IptablesTarget {
  const to = rest[0] === '--to-destination' ? splitHostPort(rest[1] ?? '') : undefined;
  return to === undefined ? { kind: 'other', text: `DNAT ${rest.join(' ')}` } : { kind: 'dnat', ...to };
}
