// The names kube-proxy gives to chains and sets: a hash of the Service port, in iptables alone, in nftables with the name behind it.
// pkg/proxy/iptables/proxier.go (portProtoHash, servicePortEndpointChainName), pkg/proxy/nftables/proxier.go (hashAndTruncate).
import { createHash } from 'node:crypto';

export type PortName = {
  readonly namespace: string;
  readonly name: string;
  /** '' where the port has none. */
  readonly portName: string;
  /** Lower case. */
  readonly protocol: string;
};

/** `shop/web:http`, `shop/web` for a port without a name (ServicePortName.String). */
export function portNameText({ namespace, name, portName }: PortName): string {
  return portName === '' ? `${namespace}/${name}` : `${namespace}/${name}:${portName}`;
}

/** What stands behind KUBE-SVC-, KUBE-SVL-, KUBE-EXT-, KUBE-FW- and KUBE-XLB-. */
export function iptablesHash(port: PortName): string {
  return base32(portNameText(port) + port.protocol).slice(0, 16);
}

/** What stands behind KUBE-SEP-. `endpoint` as `10.0.0.1:80`, `[fd00::1]:80`. */
export function iptablesEndpointHash(port: PortName, endpoint: string): string {
  return base32(portNameText(port) + port.protocol + endpoint).slice(0, 16);
}

/** What stands behind `service-`, `local-`, `external-` and `firewall-`. */
export function nftName(port: PortName): string {
  return hashed(`${port.namespace}/${port.name}/${port.protocol}/${port.portName}`);
}

/** Chain and set names may be this long (chainNameBaseLengthLimit). */
const LONGEST = 240;

function hashed(name: string): string {
  const whole = `${base32(name).slice(0, 8)}-${name}`;
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST - '...'.length)}...` : whole;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 of the SHA-256, without padding. */
function base32(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let bits = 0;
  let held = 0;
  let out = '';
  for (const byte of digest) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) out += ALPHABET[(held >>> (bits - 5)) & 31] ?? '';
    held &= (1 << bits) - 1;
  }
  return out;
}
