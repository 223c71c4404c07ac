// For ipvs Felix marks packets with the endpoint they come from, in the bits of its mask that nothing else uses. Accept, pass, drop and
// two scratch bits come first, one more with WireGuard. With none left Felix panics; with few, a node has more pods than marks.
import { felixEnv, felixSetting } from '../facts/calico-facts.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ofCalico, patchFelix, unsetEnv } from './shared-calico.ts';

const FIELD = 'iptablesMarkMask';
const OTHER_MARKS = 6;
/** 2^7 marks are more than the 110 pods a node usually holds. */
const ENOUGH = 7;

export const calicoIpvsMarkBits: ClusterRule = {
  id: 'calico-ipvs-mark-bits',
  section: 2,
  scope: 'cluster',
  title: "Calico's iptablesMarkMask has too few bits for ipvs",
  verdicts: { ipvs: 'warn' },
  source: 'projectcalico/calico felix/dataplane/driver.go, markbits',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) => {
      const node = narrowOn(calico);
      return given([felixSetting(calico, node, FIELD), felixEnv(calico, FIELD)], (text, fromEnv) => {
        // Not set: 0xffff0000, sixteen bits.
        const mask = text === undefined ? Number.NaN : Number(text);
        if (!Number.isInteger(mask) || mask < 0) return undefined;
        const left = Math.max(0, ones(mask) - OTHER_MARKS);
        if (left >= ENOUGH) return undefined;
        const effect =
          left === 0
            ? 'Felix may panic with "Not enough mark bits available for endpoint mark"'
            : `Felix can tell ${2 ** left - 1} endpoints of a node apart and fails for the rest`;
        return {
          message: `Calico's iptablesMarkMask is 0x${mask.toString(16)}, which leaves ${left} bits to mark endpoints with in ipvs mode: ${effect}.`,
          fix: `${fromEnv === undefined ? patchFelix(node === '' ? 'default' : `node.${node}`, { [FIELD]: null }) : unsetEnv(calico, FIELD)}\nThat brings back Calico's default, 0xffff0000. A mask of your own must leave out kube-proxy's marks, 0x4000 and 0x8000.`,
        };
      });
    }),
};

/** '' for the setting of all nodes; otherwise the node whose own mask has the fewest bits. */
function narrowOn({ felix }: CalicoFacts): string {
  const own = Object.entries(valueOr(felix, {})).flatMap(([name, { iptablesMarkMask: mask }]) =>
    typeof mask === 'number' && (name === 'default' || name.startsWith('node.')) ? [{ name, bits: ones(mask) }] : [],
  );
  const [narrowest] = own.toSorted((a, b) => a.bits - b.bits);
  return narrowest === undefined || narrowest.name === 'default' ? '' : narrowest.name.slice('node.'.length);
}

function ones(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}
