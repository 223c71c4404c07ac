// In ipvs mode Felix has to tell node ports from ports of the host by number. It takes 30000-32767 unless told otherwise; others count as
// the host's own, and host endpoint policy drops them.
//
// The catalogue blocks any other range while kubeNodePortRanges is not set. A range inside what Felix takes for node ports does no harm,
// and one that was set to something smaller does.
import { felixValue } from '../facts/calico-facts.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { derive, deriveFrom, given, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ofCalico, patchFelix } from './shared-calico.ts';

type Range = { readonly first: number; readonly last: number };
/** `range` is the API server's; undefined where it was read off the node ports in use. */
type Used = { readonly ranges: readonly Range[]; readonly what: string; readonly range: string | undefined };

export const calicoNodeportRanges: ClusterRule = {
  id: 'calico-nodeport-ranges',
  section: 2,
  scope: 'cluster',
  title: 'Services have node ports that Calico does not take for node ports',
  verdicts: { ipvs: 'block' },
  source: 'projectcalico/calico felix/config kubeNodePortRanges; kubespray calico role',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) =>
      given([usedPorts(cluster), felixValue(calico, '', 'kubeNodePortRanges')], (used, value) => {
        const set = rangesOf(value);
        const felix = set.length === 0 ? [{ first: 30000, last: 32767 }] : set;
        const outside = used.ranges.filter(
          ({ first, last }) => !felix.some((one) => one.first <= first && last <= one.last),
        );
        if (outside.length === 0) return undefined;
        const told = felix.map(show).join(', ');
        return {
          message: `${used.what} ${outside.slice(0, 5).map(show).join(', ')}, but Calico takes ${told} for node ports${set.length === 0 ? ' (its default)' : ''}: in ipvs mode it treats the others as ports of the host and may drop them.`,
          fix: fix(set.map(show), used.range),
        };
      }),
    ),
};

function fix(set: readonly string[], range: string | undefined): string {
  const command = patchFelix('default', { kubeNodePortRanges: [...set, range ?? '<first>:<last>'] });
  return range === undefined ? `${command}\n<first>:<last> is the API server's --service-node-port-range.` : command;
}

/** The API server's range; where its flags cannot be seen (managed, or no pod), the node ports in use tell what matters today. */
function usedPorts({ nodePortRange, services }: ClusterFacts): Known<Used> {
  if (nodePortRange.known)
    return deriveFrom([nodePortRange], (text): Known<Used> => {
      const ranges = rangesOf(text.replace('-', ':'));
      if (ranges.length === 0) return unseen(`the API server's range of node ports, ${text}, cannot be read`);
      return known({ ranges, what: "The API server's range of node ports is", range: ranges.map(show)[0] });
    });
  return derive([services], (all) => {
    const ports = all.flatMap(({ spec }) => (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []));
    const ranges = [...new Set(ports)].map((port) => ({ first: port, last: port }));
    return { ranges, what: 'Services have the node ports', range: undefined };
  });
}

/** A list of 30000:32767 or 30000, or the same in one text with commas. */
function rangesOf(value: unknown): readonly Range[] {
  const parts = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : [];
  return parts.flatMap((part) => {
    const [first = '', last = first] = part.trim().split(':');
    return /^\d+$/.test(first) && /^\d+$/.test(last) ? [{ first: Number(first), last: Number(last) }] : [];
  });
}

function show({ first, last }: Range): string {
  return first === last ? `${first}` : `${first}:${last}`;
}
