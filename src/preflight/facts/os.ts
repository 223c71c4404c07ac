// What the operating system's name tells.
import type { NodeFacts } from './node.ts';

/** RHEL 10 and its rebuilds ship no iptables modules (kubernetes/kops PR 17789, PR 17920). */
export function isRhel10({ osImage }: NodeFacts): boolean {
  return /^(?:Red Hat Enterprise Linux|AlmaLinux|Rocky Linux|CentOS Stream|Oracle Linux(?: Server)?)(?: CoreOS| release)? 10\b/.test(
    osImage,
  );
}

/** Nothing can be installed on these, and files under /etc do not last or cannot be written. */
export function immutableOs({ osImage }: Pick<NodeFacts, 'osImage'>): 'Talos' | 'Bottlerocket' | 'Flatcar' | undefined {
  return (['Talos', 'Bottlerocket', 'Flatcar'] as const).find((name) => osImage.includes(name));
}
