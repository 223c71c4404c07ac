// Section 5 of the catalogue: L2 announcers, VIPs, foreign IPVS.
import type { Rule } from '../rule.ts';
import { foreignIpvs } from '../rules/foreign-ipvs.ts';
import { ipvsIpCollision } from '../rules/ipvs-ip-collision.ts';
import { kubeIpvs0Routing } from '../rules/kube-ipvs0-routing.ts';
import { kubeVipLb } from '../rules/kube-vip-lb.ts';
import { lbIpLocalPath } from '../rules/lb-ip-local-path.ts';
import { sealosLvscare } from '../rules/sealos-lvscare.ts';
import { strictarpLeftover } from '../rules/strictarp-leftover.ts';
import { strictarpRequired } from '../rules/strictarp-required.ts';

export const ANNOUNCERS: readonly Rule[] = [
  strictarpRequired,
  strictarpLeftover,
  foreignIpvs,
  sealosLvscare,
  kubeVipLb,
  ipvsIpCollision,
  lbIpLocalPath,
  kubeIpvs0Routing,
];
