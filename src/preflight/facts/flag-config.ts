// What a kube-proxy without a configuration file has: its flags, in the form of the file they stand for.
import type { Known } from '../known.ts';
import type { ProxyConfigFacts } from './cluster.ts';
import { readConfigFacts } from './config-facts.ts';
import { own } from './fields.ts';

type FlagKind = 'text' | 'list' | 'boolean' | 'number';

/** Flags beside --proxy-mode that rules ask about, and the fields they stand for (cmd/kube-proxy/app/options.go, AddFlags). */
const FLAGS: Readonly<Record<string, readonly [path: readonly [string, string?], kind: FlagKind]>> = {
  'proxy-mode': [['mode'], 'text'],
  'bind-address': [['bindAddress'], 'text'],
  'metrics-bind-address': [['metricsBindAddress'], 'text'],
  'cluster-cidr': [['clusterCIDR'], 'text'],
  'detect-local-mode': [['detectLocalMode'], 'text'],
  'nodeport-addresses': [['nodePortAddresses'], 'list'],
  'masquerade-all': [['iptables', 'masqueradeAll'], 'boolean'],
  'iptables-masquerade-bit': [['iptables', 'masqueradeBit'], 'number'],
  'iptables-sync-period': [['iptables', 'syncPeriod'], 'text'],
  'iptables-min-sync-period': [['iptables', 'minSyncPeriod'], 'text'],
  'iptables-localhost-nodeports': [['iptables', 'localhostNodePorts'], 'boolean'],
  'ipvs-scheduler': [['ipvs', 'scheduler'], 'text'],
  'ipvs-strict-arp': [['ipvs', 'strictARP'], 'boolean'],
  'ipvs-exclude-cidrs': [['ipvs', 'excludeCIDRs'], 'list'],
  'ipvs-sync-period': [['ipvs', 'syncPeriod'], 'text'],
  'ipvs-min-sync-period': [['ipvs', 'minSyncPeriod'], 'text'],
  'ipvs-tcp-timeout': [['ipvs', 'tcpTimeout'], 'text'],
  'ipvs-tcpfin-timeout': [['ipvs', 'tcpFinTimeout'], 'text'],
  'ipvs-udp-timeout': [['ipvs', 'udpTimeout'], 'text'],
};

/** `words` are those of the command line. The last of two equal flags wins, as in pflag. */
export function configOfWords(words: readonly string[]): Known<ProxyConfigFacts> {
  const fields: Record<string, unknown> = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
  };
  for (const [index, word] of words.entries()) {
    const [, name = '', written] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const gates = name === 'feature-gates';
    const [path, kind] = own(FLAGS, name) ?? [undefined, 'text'];
    const next = words[index + 1];
    const value = written ?? (kind === 'boolean' || next?.startsWith('-') === true ? 'true' : (next ?? ''));
    if (gates) fields['featureGates'] = gatesOf(value);
    if (path !== undefined) set(fields, path, valueOf(value, kind));
  }
  return readConfigFacts(JSON.stringify(fields));
}

function set(fields: Record<string, unknown>, [first, second]: readonly [string, string?], value: unknown): void {
  if (second === undefined) fields[first] = value;
  else fields[first] = { ...(fields[first] as object | undefined), [second]: value };
}

function valueOf(text: string, kind: FlagKind): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'list':
      return text.split(',').filter((part) => part !== '');
    case 'boolean':
      return /^(?:1|t|true)$/i.test(text);
    case 'number':
      return Number(text);
  }
}

function gatesOf(text: string): Readonly<Record<string, boolean>> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.flatMap(([name = '', value = '']) => (name === '' ? [] : [[name, /^(?:1|t|true)$/i.test(value)]])),
  );
}
