// nft takes the names of protocols from /etc/protocols. Where there is none, as in the image of kube-proxy, it prints their numbers.

const NAMES: ReadonlyMap<string, string> = new Map([
  ['6', 'tcp'],
  ['17', 'udp'],
  ['132', 'sctp'],
]);

export function protocolNamed(word: string): string {
  return NAMES.get(word) ?? word;
}

/** The key of an element of kube-proxy's sets and maps: where it has a protocol, that stands before the port, which is the last. */
export function keyWithNames(parts: readonly string[]): string {
  return parts.map((part, at) => (at === parts.length - 2 ? protocolNamed(part) : part)).join(' . ');
}
