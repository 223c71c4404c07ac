// What a walk must know of the node besides its rules.
import { holds, parsePrefix, type Prefix } from '../addresses.ts';
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
    inPrefix: prefixTest(),
  };
}

/** Rules repeat the same few prefixes thousands of times: each is read once. */
function prefixTest(): Place['inPrefix'] {
  const known = new Map<string, Prefix | undefined>();
  return (address, text) => {
    if (!text.includes('/') || text.endsWith('/128') || (text.endsWith('/32') && !text.includes(':')))
      return text === address || text.slice(0, text.indexOf('/')) === address;
    if (!known.has(text)) known.set(text, parsePrefix(text));
    const prefix = known.get(text);
    return prefix !== undefined && holds(prefix, address);
  };
}
