// Which program a unit starts: kube-proxy itself, or something that cannot be followed.
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { textOf } from './systemd-words.ts';
import type { Word } from './systemd-words.ts';
import type { UnitCommand } from './unit-command.ts';

/** Also kube-proxy-v1.28 and the like, as hand-made installations name it. */
const KUBE_PROXY = /(?:^|\/)kube-proxy(?:[-_.]?v?\d[\w.+-]*)?$/;
const CONTAINER = /(?:^|\/)(?:docker|podman|nerdctl|ctr|crictl|runc)$/;

export function isKubeProxy(program: string): boolean {
  return KUBE_PROXY.test(program);
}

/**
 * kube-proxy's own arguments. It may stand behind a starter (`nice -n -5 kube-proxy …`) or be a part of hyperkube (up to 1.18).
 * Refused: containers, and scripts, whose command line is not in the unit.
 */
export function kubeProxyArgs(command: UnitCommand, name: string): readonly Word[] | Problem {
  const { program, args } = command;
  if (CONTAINER.test(program))
    return problem(
      `${name} starts kube-proxy in a container (${program}), whose files cannot be told from the unit. Change its mode by hand.`,
    );
  if (isKubeProxy(program)) return args;
  if (/(?:^|\/)hyperkube$/.test(program)) return args.slice(1);
  const behind = args.findIndex((word) => isKubeProxy(textOf(word)));
  if (behind !== -1) return args.slice(behind + 1);
  return problem(
    `${name} starts ${program}, not kube-proxy: the command line of a script cannot be told from its unit. Start kube-proxy in ExecStart= itself, or name the unit that does in spec.kubeProxy.systemd.unit.`,
  );
}
