// What a walk must know of the node besides its rules.
import { parsePrefix, prefixTest } from '../addresses.ts';
import { loopback, type NodeView } from '../demand/node.ts';
import { IPVS_DEVICE, type NodeAddress } from '../rules/node-addresses.ts';

export type Place = {
  /** The kernel's `type local`: the node's own addresses, those on kube-ipvs0, and loopback. */
  readonly isLocal: (address: string) => boolean;
  /** On kube-ipvs0. */
  readonly isVirtual: (address: string) => boolean;
  /** `prefix` as iptables writes it. False for what is no prefix. */
  readonly inPrefix: (address: string, prefix: string) => boolean;
};

export function placeOf(view: NodeView, addresses: readonly NodeAddress[] | undefined): Place {
  const virtual = new Set(addresses?.filter(({ device }) => device === IPVS_DEVICE).map(({ address }) => address));
  const own = new Set(view.addresses);
  return {
    isLocal: (address) => own.has(address) || virtual.has(address) || loopback(address),
    isVirtual: (address) => virtual.has(address),
    inPrefix: knownPrefixes(),
  };
}

/** Rules repeat the same few prefixes thousands of times: each is read once. */
function knownPrefixes(): Place['inPrefix'] {
  const known = new Map<string, (address: string) => boolean>();
  return (address, text) => {
    const slash = text.indexOf('/');
    if (slash < 0) return text === address;
    if (text.endsWith('/128') || (text.endsWith('/32') && !text.includes(':')))
      return slash === address.length && text.startsWith(address);
    const test = known.get(text) ?? testOf(text);
    known.set(text, test);
    return test(address);
  };
}

function testOf(text: string): (address: string) => boolean {
  const prefix = parsePrefix(text);
  return prefix === undefined ? () => false : prefixTest(prefix);
}
