// A folder of recorded outputs, as texts by file name, to the rules of a node and what it takes to judge them.
// Names are those of the commands: iptables-save.txt (or iptables-save-c.txt with counters), ip6tables-save.txt, both also with -legacy
// or -nft in them, nft-list-ruleset.json or .txt, proc-net-ip_vs.txt or ipvsadm-Sn.txt, ipset-save.txt, ip-addr.json or .txt,
// configz.json or kube-proxy-config.yml, proxyMode.txt; of the API services.json, endpointslices.json, nodes.json.
import type { ZodType } from 'zod';
import { PROXY_MODES, type ProxyMode } from '../../api/fields.ts';
import { openConfig } from '../../kubeproxy/config-source.ts';
import { readSettings, type ProxySettings } from '../demand/proxy-settings.ts';
import type { EndpointSliceObject, NodeObject, ServiceObject } from '../demand/objects.ts';
import { isRecord, listIn, parseJson } from '../parse/json.ts';
import type { NodeRules } from '../rules/node-rules.ts';
import { chooseNode } from './choose-node.ts';
import { ENDPOINT_SLICE, NODE, SERVICE } from './recorded-objects.ts';
import { readRules } from './read-rules.ts';
import { RecordingError } from './recording-error.ts';

export type Texts = ReadonlyMap<string, string>;

export type Objects = { readonly services: readonly ServiceObject[]; readonly slices: readonly EndpointSliceObject[] };

export type Recorded = Objects & {
  readonly mode: ProxyMode;
  readonly rules: NodeRules;
  readonly settings: ProxySettings;
  readonly node: NodeObject;
};

export type Choices = {
  /** Otherwise as recorded. */
  readonly mode: ProxyMode | undefined;
  readonly node: string | undefined;
};

/** Objects as texts, too. @throws RecordingError */
export function readRecording(node: Texts, api: Texts, choices: Choices): Recorded {
  const services = items(api, 'services.json', SERVICE);
  const slices = items(api, 'endpointslices.json', ENDPOINT_SLICE);
  const nodes = api.has('nodes.json') ? items(api, 'nodes.json', NODE) : [];
  return readNode(node, { services, slices, nodes }, choices);
}

/** @throws RecordingError */
export function readNode(
  node: Texts,
  { nodes, ...objects }: Objects & { readonly nodes: readonly NodeObject[] },
  { mode, node: nodeName }: Choices,
): Recorded {
  const rules = readRules(node);
  const config = configIn(node);
  const told = readSettings(config);
  const chosen = mode ?? proxyMode(node) ?? told.mode;
  if (chosen === undefined)
    throw new RecordingError('The mode is not recorded (proxyMode.txt, configz.json): say it with --mode.');
  return {
    ...objects,
    mode: chosen,
    rules,
    settings: readSettings(config, chosen),
    node: chooseNode(nodes, { asked: nodeName, hostname: told.hostname, addresses: rules.addresses }),
  };
}

function proxyMode(texts: Texts): ProxyMode | undefined {
  const said = texts.get('proxyMode.txt')?.trim();
  return PROXY_MODES.find((known) => known === said);
}

/** /configz has the defaults filled in, and wraps the object once more. */
function configIn(texts: Texts): unknown {
  const served = texts.get('configz.json');
  const parsed = served === undefined ? undefined : jsonIn('configz.json', served);
  if (isRecord(parsed)) return parsed['kubeproxy.config.k8s.io'] ?? parsed['kubeproxyconfig'] ?? parsed;
  const written = texts.get('kube-proxy-config.yml') ?? texts.get('kube-proxy-config.yaml');
  if (written === undefined)
    throw new RecordingError(
      "kube-proxy's configuration is not recorded (configz.json or kube-proxy-config.yml): which addresses are pods' is not known without.",
    );
  const source = openConfig(written);
  if (source.kind === 'problem') throw new RecordingError(source.message);
  return source.value;
}

function jsonIn(file: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new RecordingError(`${file} is no JSON: ${String(error)}`);
  }
}

function items<T>(texts: Texts, file: string, schema: ZodType<T>): readonly T[] {
  const text = texts.get(file);
  if (text === undefined)
    throw new RecordingError(`${file} is not there: what the rules are for must be recorded, too (--api).`);
  const parsed = jsonIn(file, text);
  const list = Array.isArray(parsed) ? parsed : listIn(isRecord(parsed) ? parsed['items'] : undefined);
  return list.filter((item) => isRecord(item) && isRecord(item['metadata'])).map((item) => checked(item, file, schema));
}

function checked<T>(item: unknown, file: string, schema: ZodType<T>): T {
  const read = schema.safeParse(item);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new RecordingError(`${file} holds what the API server would not have sent: ${where}: ${issue?.message}`);
}
