// The VPC CNI marks connections in iptables-nft to send them out by the right interface. Before 1.23 its hook and that of kube-proxy's
// nftables mode have the same priority, and packets of pods on a secondary interface are routed before their Service is resolved.
import { isOlder, showVersion } from '../facts/image.ts';
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';

const SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';

export const awsVpcCniNft: ClusterRule = {
  id: 'aws-vpc-cni-nft',
  section: 3,
  scope: 'cluster',
  title: 'the Amazon VPC CNI is older than 1.23.0',
  verdicts: { nftables: 'block' },
  source: 'aws/amazon-vpc-cni-k8s#3563, PR 3588, #3226',
  check: ({ cluster }) =>
    given([cluster.cni], ({ awsVpc }) => {
      if (awsVpc === undefined) return undefined;
      return given([awsVpc.version], (version) => {
        if (!isOlder(version, 1, 23)) return undefined;
        const snat = awsVpc.env[SNAT];
        return {
          message: `The Amazon VPC CNI is ${showVersion(version)}${snat === undefined ? '' : ` (${SNAT}=${snat})`}: with kube-proxy in nftables mode, pods on a secondary network interface cannot reach Services.`,
          fix: 'Upgrade it to 1.23.0 or later first; as an add-on of EKS:\naws eks update-addon --cluster-name <cluster> --addon-name vpc-cni --addon-version <v1.23.0-eksbuild.1 or later> --resolve-conflicts PRESERVE',
        };
      });
    }),
};
