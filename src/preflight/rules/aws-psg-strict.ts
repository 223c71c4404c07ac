// Security groups for pods in strict mode route all traffic of such pods by VLAN through their own interface, past the host's network stack
// where ipvs would catch it.
//
// strict is the default, but it means something only with ENABLE_POD_ENI=true: without it every EKS cluster would be blocked.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';

const MODE = 'POD_SECURITY_GROUP_ENFORCING_MODE';

export const awsPsgStrict: ClusterRule = {
  id: 'aws-psg-strict',
  section: 3,
  scope: 'cluster',
  title: 'security groups for pods are enforced in strict mode',
  verdicts: { iptables: 'info', ipvs: 'block', nftables: 'warn' },
  source: 'aws/amazon-vpc-cni-k8s README, POD_SECURITY_GROUP_ENFORCING_MODE [nftables inferred]',
  check: ({ cluster, target }) =>
    given([cluster.cni], ({ awsVpc }) => {
      if (awsVpc === undefined || awsVpc.env['ENABLE_POD_ENI']?.toLowerCase() !== 'true') return undefined;
      const mode = awsVpc.env[MODE];
      if ((mode ?? 'strict').toLowerCase() !== 'strict') return undefined;
      const seen = `DaemonSet ${awsVpc.namespace}/aws-node has ENABLE_POD_ENI=true and ${MODE}${mode === undefined ? ' unset, which is strict' : '=strict'}`;
      if (target === 'iptables') return { message: `${seen}: that works with kube-proxy in iptables mode.` };
      return {
        message: `${seen}: pods with security groups ${target === 'ipvs' ? 'cannot reach Services' : 'may not reach Services'} when kube-proxy runs ${target}.`,
        fix: [
          `kubectl -n ${awsVpc.namespace} set env daemonset/aws-node -c aws-node ${MODE}=standard`,
          'For the add-on of EKS set it in its configuration values. Pods with security groups take it over when they are created anew.',
        ].join('\n'),
      };
    }),
};
