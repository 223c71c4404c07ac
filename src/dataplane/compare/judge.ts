// One packet's endings against what was expected: what is wrong with them, as short remarks that can be put together.
import type { Endpoint } from '../demand/endpoints.ts';
import type { Expectation } from '../demand/expectation.ts';
import type { Ending } from '../walk/packet.ts';
import { listed, percent, type FindingKind } from './finding.ts';

export type Remark = {
  readonly id: string;
  readonly kind: FindingKind;
  /** Ends a sentence that begins with the Service and its address. */
  readonly text: string;
  /** Where the packets ended, if not at an endpoint. */
  readonly where?: string;
};

/** A share may differ from what is due by one part in two hundred: iptables keeps 31 bits, and rounds. */
const CLOSE = 0.005;

type ToEndpoint = Extract<Ending, { readonly kind: 'endpoint' }>;
type Elsewhere = Exclude<Ending, ToEndpoint>;

export function judge(endings: readonly Ending[], expected: Expectation): Remark[] {
  switch (expected.kind) {
    case 'anything':
      return [];
    case 'endpoints':
      return judgeEndpoints(endings, expected);
    case 'rejected':
    case 'dropped':
    case 'refused':
      return judgeRefusal(endings, expected.kind);
  }
}

function judgeRefusal(endings: readonly Ending[], expected: 'rejected' | 'dropped' | 'refused'): Remark[] {
  const reached = endings.filter((ending) => ending.kind === 'endpoint');
  if (reached.length > 0)
    return [
      {
        id: 'let-through',
        kind: 'wrong',
        text: `reaches ${listed(reached.map(({ at }) => at))}, and must be ${expected}`,
      },
    ];
  const wrong = elsewhere(endings).find(
    ({ kind }) => kind !== expected && (expected !== 'refused' || kind === 'untranslated'),
  );
  if (wrong === undefined) return [];
  return wrong.kind === 'untranslated'
    ? [
        {
          id: 'not-refused',
          kind: 'missing',
          text: `is not ${expected}: no rule takes it, so clients wait`,
          where: wrong.where,
        },
      ]
    : [
        {
          id: 'refused-otherwise',
          kind: 'wrong',
          text: `is ${wrong.kind}, and must be ${expected}`,
          where: wrong.where,
        },
      ];
}

function judgeEndpoints(endings: readonly Ending[], expected: Extract<Expectation, { kind: 'endpoints' }>): Remark[] {
  const reached = endings.filter((ending): ending is ToEndpoint => ending.kind === 'endpoint');
  const lost = elsewhere(endings).map(lostRemark);
  if (reached.length === 0) return lost;
  const set = nearest(expected.sets, reached);
  const members = memberRemarks(membership(reached, set));
  return [
    ...lost,
    ...members,
    ...(members.length === 0 && lost.length === 0 ? shares(reached, set.length) : []),
    ...treatment(reached, expected, set),
  ];
}

function elsewhere(endings: readonly Ending[]): Elsewhere[] {
  return endings.filter((ending): ending is Elsewhere => ending.kind !== 'endpoint');
}

function lostRemark({ kind, share, where }: Elsewhere): Remark {
  const part = share > 1 - CLOSE ? '' : `${percent(share)} of the time `;
  return kind === 'untranslated'
    ? { id: 'not-served', kind: 'missing', text: `${part}finds no rule that leads to an endpoint`, where }
    : { id: `${kind}-though-served`, kind: 'wrong', text: `${part}is ${kind}, though there are endpoints`, where };
}

/** Where hints leave a choice: the set that differs least from what is there. */
function nearest(sets: readonly (readonly Endpoint[])[], reached: readonly ToEndpoint[]): readonly Endpoint[] {
  const [first = []] = sets;
  if (sets.length < 2) return first;
  const difference = (set: readonly Endpoint[]): number =>
    membership(reached, set).missing.length + membership(reached, set).stale.length;
  return sets.toSorted((a, b) => difference(a) - difference(b))[0] ?? first;
}

type Membership = { readonly missing: readonly string[]; readonly stale: readonly string[] };

function membership(reached: readonly ToEndpoint[], set: readonly Endpoint[]): Membership {
  // Nearly always the same endpoints in the same order.
  if (reached.length === set.length && reached.every(({ at }, index) => set[index]?.at === at))
    return { missing: [], stale: [] };
  const due = new Set(set.map(({ at }) => at));
  const there = new Set(reached.map(({ at }) => at));
  return { missing: [...due].filter((at) => !there.has(at)), stale: [...there].filter((at) => !due.has(at)) };
}

function memberRemarks({ missing, stale }: Membership): Remark[] {
  const remarks: Remark[] = [];
  if (missing.length > 0)
    remarks.push({ id: 'endpoint-missing', kind: 'missing', text: `never reaches ${listed(missing)}` });
  if (stale.length > 0)
    remarks.push({
      id: 'endpoint-stale',
      kind: 'wrong',
      text: `reaches ${listed(stale)}, which is not one of its endpoints now`,
    });
  return remarks;
}

function shares(reached: readonly ToEndpoint[], count: number): Remark[] {
  if (reached.length === count && reached.every(({ share }) => Math.abs(share * count - 1) <= CLOSE)) return [];
  const total = new Map<string, number>();
  for (const { at, share } of reached) total.set(at, (total.get(at) ?? 0) + share);
  const off = [...total].filter(([, share]) => Math.abs(share * count - 1) > CLOSE);
  if (off.length === 0) return [];
  const told = off.map(([at, share]) => `${at} with ${percent(share)}`);
  return [{ id: 'share-wrong', kind: 'wrong', text: `reaches ${listed(told)} where ${percent(1 / count)} are due` }];
}

function treatment(
  reached: readonly ToEndpoint[],
  { masquerade, affinitySeconds }: Extract<Expectation, { kind: 'endpoints' }>,
  set: readonly Endpoint[],
): Remark[] {
  const remarks: Remark[] = [];
  if (reached.some((ending) => ending.masquerade !== masquerade))
    remarks.push({
      id: masquerade ? 'masquerade-missing' : 'masquerade-needless',
      kind: 'wrong',
      text: masquerade
        ? 'keeps its source address, and must be masqueraded for the answer to come back'
        : "is masqueraded, and must keep its client's address",
    });
  // Only a pod of this node can send to itself through these rules.
  const unhealthy = reached
    .filter(({ at, hairpin }) => hairpin === false && set.some((endpoint) => endpoint.local && endpoint.at === at))
    .map(({ at }) => at);
  if (unhealthy.length > 0)
    remarks.push({
      id: 'hairpin-missing',
      kind: 'missing',
      text: `cannot be reached by ${listed(unhealthy)} itself: no masquerade`,
    });
  const kept = reached.find((ending) => ending.affinitySeconds !== affinitySeconds);
  if (kept !== undefined)
    remarks.push({
      id: 'affinity-wrong',
      kind: 'wrong',
      text: `keeps clients for ${seconds(kept.affinitySeconds)}, and must for ${seconds(affinitySeconds)}`,
    });
  return remarks;
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'no time' : `${value} s`;
}
