// Felix takes the device kube-ipvs0 for the sign that kube-proxy runs ipvs. While a node runs ipvs the device belongs there, and taking it
// away is part of the migration. Left over on a node that runs another mode, it keeps Felix in its ipvs way of marking packets.
//
// Not asked for the way back: then the device is the migration's own doing.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { ofCalico } from './shared-calico.ts';

export const calicoIpvsDevice: NodeRule = {
  id: 'calico-ipvs-device',
  section: 2,
  scope: 'node',
  title: 'the device kube-ipvs0 makes Calico believe in ipvs',
  verdicts: { iptables: ['block', 'info'], ipvs: 'info', nftables: ['block', 'info'] },
  source: 'projectcalico/calico felix int_dataplane checkIPVSConfigOnIfaceUpdate; projectcalico/calico#12476',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    ofCalico(cluster, () =>
      given([node.probe.devices, node.kubeProxy.mode], (devices, mode) => {
        if (!devices.includes('kube-ipvs0')) return undefined;
        if (target === 'ipvs' || mode === 'ipvs')
          return { verdict: 'info', message: `The device kube-ipvs0 is there: ${explain(target, mode)}.` };
        return {
          message: `kube-proxy runs ${mode}, but the device kube-ipvs0 is still there: Calico's Felix goes on as if kube-proxy ran ipvs, and policies for node ports and host endpoints go wrong.`,
          fix: 'On the node (Felix notices and restarts itself):\nip link delete kube-ipvs0',
        };
      }),
    ),
};

function explain(target: string, mode: string): string {
  if (target !== 'ipvs')
    return 'it goes with the migration, and Felix then restarts itself; were it to stay, Felix would go on believing in ipvs';
  return mode === 'ipvs'
    ? 'as long as it is there, Felix supports ipvs'
    : 'an earlier ipvs left it over, and Felix supports ipvs already';
}
