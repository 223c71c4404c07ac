import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { awsPsgStrict } from './aws-psg-strict.ts';

const cni = (env: Readonly<Record<string, string>>): ReturnType<typeof daemonSet> =>
  daemonSet('aws-node', { image: 'amazon-k8s-cni:v1.23.0', env });
const strict = cni({ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'strict' });

testRule(awsPsgStrict, {
  'has nothing to say without the VPC CNI': { target: 'ipvs', finds: 'nothing' },
  'tells of iptables': { target: 'iptables', daemonSets: [strict], finds: 'info' },
  'blocks ipvs': {
    target: 'ipvs',
    daemonSets: [strict],
    finds: 'block',
    says: [
      'POD_SECURITY_GROUP_ENFORCING_MODE=strict',
      'kubectl -n kube-system set env daemonset/aws-node -c aws-node POD_SECURITY_GROUP_ENFORCING_MODE=standard',
    ],
  },
  'warns of nftables': { target: 'nftables', daemonSets: [strict], finds: 'warn' },
  'takes unset for strict': {
    target: 'ipvs',
    daemonSets: [cni({ ENABLE_POD_ENI: 'true' })],
    finds: 'block',
    says: 'unset, which is strict',
  },
  'passes standard': {
    target: 'ipvs',
    daemonSets: [cni({ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' })],
    finds: 'nothing',
  },
  'passes clusters without security groups for pods': {
    target: 'ipvs',
    daemonSets: [cni({ ENABLE_POD_ENI: 'false', POD_SECURITY_GROUP_ENFORCING_MODE: 'strict' })],
    finds: 'nothing',
  },
  'does not know what it cannot list': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
