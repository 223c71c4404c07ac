// Which chains are kube-proxy's or the kubelet's, by their name: nobody else begins one with KUBE-.
import type { IptablesTarget } from '../rules/iptables.ts';

export function isOwnChain(name: string): boolean {
  return name.startsWith('KUBE-');
}

export function isOwnJump(
  target: IptablesTarget | undefined,
): target is Extract<IptablesTarget, { readonly kind: 'jump' | 'goto' }> {
  return (target?.kind === 'jump' || target?.kind === 'goto') && isOwnChain(target.chain);
}
