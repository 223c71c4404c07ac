// Section 3 of the catalogue: Other CNIs.
import type { Rule } from '../rule.ts';
import { antreaProxyall } from '../rules/antrea-proxyall.ts';
import { antreaStrictarp } from '../rules/antrea-strictarp.ts';
import { awsPsgStrict } from '../rules/aws-psg-strict.ts';
import { awsVpcCniNft } from '../rules/aws-vpc-cni-nft.ts';
import { azureNpm } from '../rules/azure-npm.ts';
import { ciliumIpvs } from '../rules/cilium-ipvs.ts';
import { ciliumKprFull } from '../rules/cilium-kpr-full.ts';
import { ciliumKprPartial } from '../rules/cilium-kpr-partial.ts';
import { flannelNft } from '../rules/flannel-nft.ts';
import { kubeOvn } from '../rules/kube-ovn.ts';
import { kubeRouterServiceProxy } from '../rules/kube-router-service-proxy.ts';
import { ovnKubernetes } from '../rules/ovn-kubernetes.ts';
import { weave } from '../rules/weave.ts';

export const OTHER_CNIS: readonly Rule[] = [
  ciliumKprFull,
  ciliumKprPartial,
  ciliumIpvs,
  antreaProxyall,
  antreaStrictarp,
  kubeRouterServiceProxy,
  flannelNft,
  weave,
  ovnKubernetes,
  kubeOvn,
  awsVpcCniNft,
  awsPsgStrict,
  azureNpm,
];
