// The parts of a KubeProxyConfiguration that change rules, from /configz (which has the defaults filled in) or from a file.
// Which section a mode reads: masqueradeAll and masqueradeBit of `nftables` in mode nftables, of `iptables` in the two others.
import { parsePrefix } from '../addresses.ts';
import { isRecord, listIn, textIn, type Json } from '../parse/json.ts';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';

export type DetectLocal = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';

export type ProxySettings = {
  readonly mode: ProxyMode | undefined;
  readonly hostname: string;
  readonly masqueradeAll: boolean;
  /** The bit itself: 0x4000 for masqueradeBit 14. */
  readonly masqueradeMark: number;
  readonly detectLocal: DetectLocal;
  readonly clusterCIDRs: readonly string[];
  /** Empty: the mode's own default. */
  readonly nodePortAddresses: readonly string[];
  readonly localhostNodePorts: boolean;
  readonly scheduler: string;
  readonly excludeCIDRs: readonly string[];
};

/** Never throws. `config` is the object of a KubeProxyConfiguration; `mode` overrides the one in it. */
export function readSettings(config: unknown, mode?: ProxyMode): ProxySettings {
  const top = isRecord(config) ? config : {};
  const named = mode ?? modeNamed(top['mode']);
  const iptables = section(top, 'iptables');
  const own = named === 'nftables' ? section(top, 'nftables') : iptables;
  const ipvs = section(top, 'ipvs');
  return {
    mode: named,
    hostname: textIn(top['hostnameOverride']),
    masqueradeAll: own['masqueradeAll'] === true,
    masqueradeMark: markOf(own['masqueradeBit']),
    detectLocal: detectLocalOf(top['detectLocalMode']),
    clusterCIDRs: textIn(top['clusterCIDR'])
      .split(',')
      .filter((cidr) => parsePrefix(cidr) !== undefined),
    nodePortAddresses: listIn(top['nodePortAddresses']).map(textIn),
    localhostNodePorts: iptables['localhostNodePorts'] !== false,
    scheduler: textIn(ipvs['scheduler']) || 'rr',
    excludeCIDRs: listIn(ipvs['excludeCIDRs']).map(textIn),
  };
}

function section(top: Json, name: string): Json {
  const found = top[name];
  return isRecord(found) ? found : {};
}

/** An unset mode is iptables up to 1.39 (KEP-5343). */
function modeNamed(mode: unknown): ProxyMode | undefined {
  return mode === '' ? 'iptables' : PROXY_MODES.find((known) => known === mode);
}

const DEFAULT_BIT = 14;

function markOf(bit: unknown): number {
  return 2 ** (typeof bit === 'number' && bit >= 0 && bit < 32 ? bit : DEFAULT_BIT);
}

const DETECTORS: readonly DetectLocal[] = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'];

function detectLocalOf(written: unknown): DetectLocal {
  return DETECTORS.find((known) => known === written) ?? 'ClusterCIDR';
}
