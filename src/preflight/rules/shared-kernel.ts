// What a person does so that a node's kernel is ready: commands where the node can be changed, its own configuration where it cannot.
import { kernelNeeds } from '../../kubeproxy/kernel-needs.ts';
import { kernelCommands, upstreamKernelChange, type KernelWish } from '../../kubeproxy/kernel-needs-text.ts';
import { modulesToLoad, sysctlsToSet } from '../../kubeproxy/kernel-wish.ts';
import type { NodeFacts } from '../facts/node.ts';
import { immutableOs } from '../facts/os.ts';
import { valueOr } from '../known.ts';
import type { NodeContext } from '../rule.ts';
import { configFor } from './shared-config.ts';
import { familiesOf } from './shared-services.ts';

/** On the node itself, and so that it lasts over a reboot; or the change in the configuration the node is made from. */
export function kernelFix(node: Pick<NodeFacts, 'osImage'>, wish: Partial<KernelWish>): string {
  const whole: KernelWish = { modules: [], sysctls: [], ...wish };
  const os = immutableOs(node);
  return os === undefined
    ? kernelCommands(whole, { persist: true }).join('\n')
    : upstreamKernelChange(os, whole).trimEnd();
}

/** What the node lacks for the target mode; where nobody looked at it, all that the mode needs. */
export function kernelWish(context: NodeContext): KernelWish {
  const { cluster, node, target } = context;
  const needs = kernelNeeds({
    mode: target,
    kubeProxyVersion: valueOr(cluster.kubeProxy.version, undefined)?.text ?? '',
    kernel: valueOr(node.kernel, undefined)?.text ?? '',
    scheduler: valueOr(configFor(context), undefined)?.textAt(['ipvs', 'scheduler']) ?? '',
    families: [...familiesOf(valueOr(cluster.services, []))],
    bridgeCni: valueOr(cluster.cni, undefined)?.flannel !== undefined,
  });
  const { modules, sysctls } = node.probe;
  const notLoaded = Object.fromEntries(needs.modules.map(({ name }) => [name, { kind: 'loadable' } as const]));
  const notSet = Object.fromEntries(needs.sysctls.map(({ name }) => [name, '']));
  return {
    modules: modulesToLoad(needs, valueOr(modules, notLoaded), target),
    sysctls: sysctlsToSet(needs, valueOr(sysctls, notSet)).map(({ name, to }) => ({ name, value: to })),
  };
}
