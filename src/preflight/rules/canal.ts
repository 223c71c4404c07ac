// Canal is flannel and calico-node in one DaemonSet. For nftables both halves have to be told, and one alone is worse than none.
//
// "As both" for iptables and ipvs in the catalogue: calico-nft-mode-static and flannel-nft look at the halves of canal, too.
// Not asked for the way back, where the same two rules and rollback-cni speak.
import type { CalicoFacts, FlannelFacts } from '../facts/cni.ts';
import { isOlder, showVersion } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import { derive, given } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { isOpposite, nftablesModeOn, patchFelix, showMode } from './shared-calico.ts';

export const canal: NodeRule = {
  id: 'canal',
  section: 2,
  scope: 'node',
  title: 'one half of canal is not set to nftables',
  verdicts: { nftables: 'block' },
  source: 'rke2-docs basic_network_options; flannel-io/flannel EnableNFTables',
  onlyForward: true,
  check: ({ cluster, node }) =>
    given([cluster.cni], ({ canal: isCanal, calico, flannel }) => {
      if (!isCanal || calico === undefined || flannel === undefined) return undefined;
      return given([flannelHalf(flannel), calicoHalf(calico, node)], (...halves) => {
        const missing = halves.filter((half) => half !== undefined);
        if (missing.length === 0) return undefined;
        return {
          message: `Canal is not ready for nftables: ${missing.join('; ')}. Pods lose masquerading or network policies when kube-proxy changes alone.`,
          fix: isRke2(calico) ? RKE2 : fix(calico, flannel),
        };
      });
    }),
};

function isRke2({ daemonSet }: CalicoFacts): boolean {
  return daemonSet.metadata.name.startsWith('rke2-');
}

function flannelHalf({ enableNFTables }: FlannelFacts): Known<string | undefined> {
  return derive([enableNFTables], (on) => (on ? undefined : 'flannel has EnableNFTables false'));
}

function calicoHalf(calico: CalicoFacts, node: NodeFacts): Known<string | undefined> {
  // RKE2's chart knows one switch for this half, and it ends here.
  if (isRke2(calico) && calico.env['FELIX_IPTABLESBACKEND']?.toLowerCase() === 'nft')
    return { known: true, value: undefined };
  return given([calico.version], (version) => {
    if (isOlder(version, 3, 29)) return { known: true, value: `Calico ${showVersion(version)} has no nftables mode` };
    return derive([nftablesModeOn(calico, node, version, 'nftables')], (mode) =>
      isOpposite(mode, version, 'nftables') ? `Calico has nftablesMode ${showMode(mode, version)}` : undefined,
    );
  });
}

const RKE2 = `kubectl apply -f - <<'EOF'
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-canal
  namespace: kube-system
spec:
  valuesContent: |-
    flannel:
      enableNFTables: true
    calico:
      felixIptablesBackend: nft
EOF`;

function fix(calico: CalicoFacts, { configMap }: FlannelFacts): string {
  const { namespace, daemonSet, version } = calico;
  const older = version.known && isOlder(version.value, 3, 32);
  return [
    `kubectl -n ${namespace} edit configmap ${configMap}   # net-conf.json: "EnableNFTables": true`,
    patchFelix('default', { nftablesMode: older ? 'Enabled' : 'Auto' }),
    `kubectl -n ${namespace} rollout restart daemonset ${daemonSet.metadata.name}`,
  ].join('\n');
}
