// Some systems take neither packages nor files under /etc: what a node needs has to be said where its image or its configuration is made.
import { immutableOs } from '../facts/os.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix, kernelWish } from './shared-kernel.ts';

export const osImmutable: NodeRule = {
  id: 'os-immutable',
  section: 7,
  scope: 'node',
  title: "the node's operating system cannot be changed from inside",
  verdicts: everyMode('info'),
  source: 'talos.dev, machine configuration; Bottlerocket and Flatcar documentation',
  onlyForward: true,
  check: (context) => {
    const { node, target } = context;
    if (immutableOs(node) === undefined) return undefined;
    const message = `${node.osImage}: nothing can be installed, and modules and sysctls set on the node do not last, so none are set.`;
    const wish = kernelWish(context);
    if (wish.modules.length + wish.sysctls.length === 0) return { message };
    return {
      message: `${message} What mode ${target} needs goes into the configuration the node is made from.`,
      fix: kernelFix(node, wish),
    };
  },
};
