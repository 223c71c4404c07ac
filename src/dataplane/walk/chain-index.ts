// Which rules of a long chain can match a packet at all. KUBE-SERVICES has a rule per Service: to try each for each packet would be
// quadratic. Rules are told apart by their one destination address, or by their one port.
import type { IptablesChain, IptablesRule } from '../rules/iptables.ts';

const WORTH_IT = 24;

export type ChainIndex = (chain: IptablesChain, destination: string, port: number) => readonly IptablesRule[];

type Index = {
  readonly byAddress: ReadonlyMap<string, readonly number[]>;
  readonly byPort: ReadonlyMap<number, readonly number[]>;
  readonly rest: readonly number[];
  readonly restRules: readonly IptablesRule[];
};

export function chainIndex(): ChainIndex {
  const indexes = new WeakMap<IptablesChain, Index>();
  return (chain, destination, port) => {
    if (chain.rules.length < WORTH_IT) return chain.rules;
    const index = indexes.get(chain) ?? build(chain.rules);
    indexes.set(chain, index);
    const byAddress = index.byAddress.get(destination);
    const byPort = index.byPort.get(port);
    if (byAddress === undefined && byPort === undefined) return index.restRules;
    const candidates = [...index.rest, ...(byAddress ?? []), ...(byPort ?? [])];
    return candidates.toSorted((a, b) => a - b).flatMap((at) => chain.rules[at] ?? []);
  };
}

function build(rules: readonly IptablesRule[]): Index {
  const byAddress = new Map<string, number[]>();
  const byPort = new Map<number, number[]>();
  const rest: number[] = [];
  for (const [at, rule] of rules.entries()) {
    const address = onlyAddress(rule);
    const port = onlyPort(rule);
    if (address !== undefined) push(byAddress, address, at);
    else if (port !== undefined) push(byPort, port, at);
    else rest.push(at);
  }
  return { byAddress, byPort, rest, restRules: rest.flatMap((at) => rules[at] ?? []) };
}

function push<K>(lists: Map<K, number[]>, key: K, at: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [at]);
  else list.push(at);
}

/** The address of `-d A/32` or `-d A/128`. */
export function onlyAddress({ matches }: IptablesRule): string | undefined {
  for (const match of matches) {
    if (match.kind !== 'destination' || match.negated) continue;
    const slash = match.prefix.indexOf('/');
    const length = slash < 0 ? '' : match.prefix.slice(slash + 1);
    const whole = match.prefix.includes(':') ? '128' : '32';
    if (slash < 0 || length === whole) return slash < 0 ? match.prefix : match.prefix.slice(0, slash);
  }
  return undefined;
}

export function onlyPort({ matches }: IptablesRule): number | undefined {
  for (const match of matches) if (match.kind === 'destinationPort' && !match.negated) return match.port;
  return undefined;
}
