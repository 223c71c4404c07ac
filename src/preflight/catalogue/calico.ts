// Section 2 of the catalogue: Calico.
import type { Rule } from '../rule.ts';
import { calicoAutoDisabledByOperator } from '../rules/calico-auto-disabled-by-operator.ts';
import { calicoAutoFollows } from '../rules/calico-auto-follows.ts';
import { calicoBpf } from '../rules/calico-bpf.ts';
import { calicoEnvOutranks } from '../rules/calico-env-outranks.ts';
import { calicoIptablesBackend } from '../rules/calico-iptables-backend.ts';
import { calicoIpvsDevice } from '../rules/calico-ipvs-device.ts';
import { calicoIpvsMarkBits } from '../rules/calico-ipvs-mark-bits.ts';
import { calicoKubeproxyManagement } from '../rules/calico-kubeproxy-management.ts';
import { calicoNftModeStatic } from '../rules/calico-nft-mode-static.ts';
import { calicoNoNftDataplane } from '../rules/calico-no-nft-dataplane.ts';
import { calicoNodeportRanges } from '../rules/calico-nodeport-ranges.ts';
import { calicoOperatorOverwrites } from '../rules/calico-operator-overwrites.ts';
import { calicoStaleTable } from '../rules/calico-stale-table.ts';
import { calicoVpp } from '../rules/calico-vpp.ts';
import { canal } from '../rules/canal.ts';

export const CALICO: readonly Rule[] = [
  calicoNoNftDataplane,
  calicoNftModeStatic,
  calicoOperatorOverwrites,
  calicoAutoDisabledByOperator,
  calicoAutoFollows,
  calicoEnvOutranks,
  calicoStaleTable,
  calicoIpvsDevice,
  calicoIpvsMarkBits,
  calicoNodeportRanges,
  calicoBpf,
  calicoVpp,
  calicoKubeproxyManagement,
  calicoIptablesBackend,
  canal,
];
