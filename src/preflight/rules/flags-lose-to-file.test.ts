import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { flagsLoseToFile } from './flags-lose-to-file.ts';

testRule(flagsLoseToFile, {
  "passes kubeadm's flags": {
    target: 'nftables',
    proxy: { args: ['--hostname-override=$(NODE_NAME)', '--v=2'] },
    finds: 'nothing',
  },
  'warns of a mode that does not count': {
    target: 'ipvs',
    proxy: { args: ['--proxy-mode=ipvs'] },
    finds: 'warn',
    says: ['--proxy-mode=ipvs does nothing', '--config=/var/lib/kube-proxy/config.conf', "the file's: iptables"],
  },
  'warns of other flags, too': {
    target: 'iptables',
    config: { mode: '' },
    proxy: { args: ['--cluster-cidr=10.1.0.0/16', '--masquerade-all'] },
    finds: 'warn',
    says: ['--cluster-cidr=10.1.0.0/16 --masquerade-all', '(unset)'],
  },
  'warns without knowing the mode': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    proxy: { args: ['--proxy-mode=ipvs'] },
    finds: 'warn',
  },
  'passes flags without a file': {
    target: 'nftables',
    proxy: { container: { command: ['kube-proxy', '--proxy-mode=ipvs'] } },
    finds: 'nothing',
  },
  'warns of a unit whose options lose to its file': {
    target: 'nftables',
    proxy: null,
    fileOnNodes: 'kind: KubeProxyConfiguration\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nmode: ipvs\n',
    unitWords: [
      '/usr/local/bin/kube-proxy',
      '--config=/etc/kubernetes/kube-proxy.yaml',
      '--proxy-mode=iptables',
      '--v=2',
    ],
    finds: 'warn',
    says: [
      '--proxy-mode=iptables does nothing, because --config=/etc/kubernetes/kube-proxy.yaml',
      "the file's: ipvs",
      'systemctl daemon-reload',
    ],
  },
  'passes a unit that has flags only': {
    target: 'nftables',
    proxy: null,
    unitWords: ['/usr/local/bin/kube-proxy', '--proxy-mode=iptables'],
    finds: 'nothing',
  },
  'passes a kube-proxy on the nodes whose command line nobody sees': {
    target: 'nftables',
    proxy: null,
    finds: 'nothing',
  },
  'does not know without the DaemonSets': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets is forbidden'),
    finds: 'unknown',
  },
});
