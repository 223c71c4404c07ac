// Felix with nftablesMode Auto believes that kube-proxy runs nftables as long as its table is there, be it left over.
//
// Not asked for the way back: the table the new kube-proxy makes is deleted by the old one when it starts (1.31 and later).
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { follows, nftablesModeOn, ofCalico } from './shared-calico.ts';

export const calicoStaleTable: NodeRule = {
  id: 'calico-stale-table',
  section: 2,
  scope: 'node',
  title: "a table of kube-proxy's nftables mode is left over, and Calico follows it",
  verdicts: { iptables: 'block', ipvs: 'block' },
  source: 'projectcalico/calico felix/nftables, KubeProxyNftablesEnabledFn',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    ofCalico(cluster, (calico) =>
      given([node.kubeProxy.mode], (mode) => {
        if (mode === 'nftables') return undefined;
        // Without nft where kube-proxy's programs are, it has never been able to make one.
        if (node.probe.nftVersion.known && node.probe.nftVersion.value === undefined) return undefined;
        return given([node.probe.nftTables], (all) => {
          const tables = all.filter(({ family, name }) => name === 'kube-proxy' && family.startsWith('ip'));
          if (tables.length === 0) return undefined;
          return given([calico.version], (version) =>
            given([nftablesModeOn(calico, node, version, target)], (setting) => {
              if (!follows(setting, version)) return undefined;
              const names = tables.map(({ family, name }) => `${family} ${name}`);
              return {
                message: `kube-proxy runs ${mode}, but the nftables table ${names.join(' and ')} is still there: Calico's Felix takes it for kube-proxy's and stays in nftables mode.`,
                fix: `On the node:\n${names.map((name) => `nft delete table ${name}`).join('\n')}`,
              };
            }),
          );
        });
      }),
    ),
};
