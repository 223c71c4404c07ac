// Which of the cluster's nodes a recording is of.
import type { NodeObject } from '../demand/objects.ts';
import type { NodeAddress } from '../rules/node-addresses.ts';
import { RecordingError } from './recording-error.ts';

type Hints = {
  readonly asked: string | undefined;
  /** hostnameOverride of kube-proxy's configuration. */
  readonly hostname: string;
  readonly addresses: readonly NodeAddress[] | undefined;
};

/** @throws RecordingError when nothing tells. */
export function chooseNode(nodes: readonly NodeObject[], { asked, hostname, addresses }: Hints): NodeObject {
  const named = asked ?? hostname;
  const byName = nodes.find(({ metadata }) => metadata.name === named);
  if (byName !== undefined) return byName;
  if (asked !== undefined && nodes.length > 0) throw new RecordingError(`There is no node ${asked} in nodes.json.`);
  const own = new Set(addresses?.map(({ address }) => address));
  const byAddress = nodes.filter((node) => node.status?.addresses?.some(({ address }) => own.has(address)));
  const [only] = byAddress.length > 0 ? byAddress : nodes;
  if (only !== undefined && (byAddress.length === 1 || nodes.length === 1)) return only;
  if (nodes.length === 0 && named !== '') return { metadata: { name: named } };
  throw new RecordingError('Nothing recorded says which node this is: say it with --node.');
}
