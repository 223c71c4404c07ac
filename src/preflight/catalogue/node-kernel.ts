// Section 7 of the catalogue: Node kernel, modules, binaries, sysctls.
import type { Rule } from '../rule.ts';
import { bridgeNfCall } from '../rules/bridge-nf-call.ts';
import { conntrackModule } from '../rules/conntrack-module.ts';
import { ipForward } from '../rules/ip-forward.ts';
import { ipsetVersion } from '../rules/ipset-version.ts';
import { iptablesFlavourSplit } from '../rules/iptables-flavour-split.ts';
import { ipv6ToolsMissing } from '../rules/ipv6-tools-missing.ts';
import { ipvsKoMissing } from '../rules/ipvs-ko-missing.ts';
import { ipvsModules } from '../rules/ipvs-modules.ts';
import { ipvsScheduler } from '../rules/ipvs-scheduler.ts';
import { kernelConnReuse } from '../rules/kernel-conn-reuse.ts';
import { kernelMinNft } from '../rules/kernel-min-nft.ts';
import { modprobeInContainer } from '../rules/modprobe-in-container.ts';
import { nftBinaryMissing } from '../rules/nft-binary-missing.ts';
import { nftProtocolNames } from '../rules/nft-protocol-names.ts';
import { nftBinarySkew } from '../rules/nft-binary-skew.ts';
import { nftFibMissing } from '../rules/nft-fib-missing.ts';
import { osImmutable } from '../rules/os-immutable.ts';
import { rhel10NoIptables } from '../rules/rhel10-no-iptables.ts';

export const NODE_KERNEL: readonly Rule[] = [
  kernelMinNft,
  nftFibMissing,
  nftBinarySkew,
  nftBinaryMissing,
  nftProtocolNames,
  ipvsModules,
  ipvsKoMissing,
  ipvsScheduler,
  ipsetVersion,
  modprobeInContainer,
  rhel10NoIptables,
  conntrackModule,
  iptablesFlavourSplit,
  ipForward,
  bridgeNfCall,
  kernelConnReuse,
  ipv6ToolsMissing,
  osImmutable,
];
