// How kube-proxy reads its configuration file: strictly, then leniently with only a log line, so that misspelt fields
// are silently dropped and only what cannot be decoded at all stops it (cmd/kube-proxy/app/options.go, loadConfig).
import { parse } from 'yaml';

const API_VERSION = 'kubeproxy.config.k8s.io/v1alpha1';
const KIND = 'KubeProxyConfiguration';

export type DecodedConfig =
  | {
      readonly kind: 'decoded';
      /** As written; '' when unset. Whether there is such a mode is decided by `planStart`. */
      readonly mode: string;
      readonly featureGates: Readonly<Record<string, boolean>>;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'undecodable'; readonly message: string };

/** Reads a KubeProxyConfiguration. The message is what kube-proxy prints after `failed complete: `. */
export function decodeConfig(text: string): DecodedConfig {
  let value: unknown;
  try {
    value = parse(text, { uniqueKeys: false, logLevel: 'silent' });
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return undecodable(`couldn't get version/kind; json parse error: error converting YAML to JSON: yaml: ${detail}`);
  }
  if (!isRecord(value)) {
    return undecodable(
      "couldn't get version/kind; json parse error: json: cannot unmarshal a value that is not an object",
    );
  }
  return decodeFields(value);
}

const REMEMBERED = 32;

/** `decodeConfig` for thousands of nodes with the same text: each text is decoded once, as long as there are few. */
export function rememberingDecoder(): typeof decodeConfig {
  const known = new Map<string, DecodedConfig>();
  return (text) => {
    const decoded = known.get(text) ?? decodeConfig(text);
    if (known.size >= REMEMBERED) known.clear();
    known.set(text, decoded);
    return decoded;
  };
}

function decodeFields(fields: Record<string, unknown>): DecodedConfig {
  const { apiVersion, kind, mode, featureGates } = fields;
  if (kind === undefined) return undecodable("Object 'Kind' is missing in '...'");
  if (apiVersion !== API_VERSION || kind !== KIND) {
    return undecodable(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? '')} in scheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme/scheme.go:30"`,
    );
  }
  if (mode !== undefined && mode !== null && typeof mode !== 'string') {
    return undecodable(
      `json: cannot unmarshal ${typeof mode === 'boolean' ? 'bool' : typeof mode} into Go struct field KubeProxyConfiguration.mode of type v1alpha1.ProxyMode`,
    );
  }
  return { kind: 'decoded', mode: mode ?? '', featureGates: gatesOf(featureGates), fields };
}

function gatesOf(value: unknown): Record<string, boolean> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}

function undecodable(message: string): DecodedConfig {
  return { kind: 'undecodable', message };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
