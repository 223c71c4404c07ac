import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { awsVpcCniNft } from './aws-vpc-cni-nft.ts';

const cni = (tag: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof daemonSet> =>
  daemonSet('aws-node', { image: `1234.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni${tag}`, env });

testRule(awsVpcCniNft, {
  'has nothing to say without it': { target: 'nftables', finds: 'nothing' },
  'blocks 1.22': {
    target: 'nftables',
    daemonSets: [cni(':v1.22.1-eksbuild.1', { AWS_VPC_K8S_CNI_EXTERNALSNAT: 'false' })],
    finds: 'block',
    says: ['Amazon VPC CNI is 1.22.1', 'AWS_VPC_K8S_CNI_EXTERNALSNAT=false', '--addon-name vpc-cni'],
  },
  'passes 1.23': { target: 'nftables', daemonSets: [cni(':v1.23.0-eksbuild.1')], finds: 'nothing' },
  'is not asked for iptables': { target: 'iptables', daemonSets: [cni(':v1.10.0')], finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', daemonSets: [cni(':v1.10.0')], finds: 'nothing' },
  'does not know an image without a version': {
    target: 'nftables',
    daemonSets: [cni(`@sha256:${'0'.repeat(64)}`)],
    finds: 'unknown',
  },
});
