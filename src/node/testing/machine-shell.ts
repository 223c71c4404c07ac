// A NodeShell right on a simulated machine, as a helper pod's would be: without a cluster in between, and with a hand on every
// command.
import { containerView } from '../../simulator/world/container-view.ts';
import { createMachine, type Machine, type MachineSpec } from '../../simulator/world/machine.ts';
import { runBatchScript } from '../../simulator/world/machine-batch.ts';
import { runCommand } from '../../simulator/world/machine-commands.ts';
import { helperPod, pathInHelper, type HelperAccess } from '../helper-pod.ts';
import type { NodeShell, ShellResult } from '../shell.ts';

const KERNEL = '6.1.0-31-amd64';

export type MachineShell = NodeShell & {
  readonly machine: Machine;
  /** Every argv, in order. */
  readonly ran: (readonly string[])[];
  /** Called before each command, with its number from 1; what it returns is the result, and the command is not run. */
  before: ((number: number, argv: readonly string[]) => ShellResult | undefined) | undefined;
  /** The same after it was run: what it did stays done. */
  after: ((number: number) => ShellResult | undefined) | undefined;
};

export function machineShell(spec: MachineSpec = {}, access: HelperAccess = WRITE): MachineShell {
  const machine = createMachine({ name: 'node-1', machine: spec }, KERNEL);
  const owner = { apiVersion: 'v1', kind: 'Lease', name: 'l', uid: 'u' };
  const pod = helperPod('node-1', access, { namespace: 'ops', owner, image: 'kube-proxy' });
  const view = containerView(pod.spec as unknown as Parameters<typeof containerView>[0]);
  const shell: MachineShell = {
    node: 'node-1',
    machine,
    ran: [],
    before: undefined,
    after: undefined,
    pathOf: pathInHelper,
    async run({ argv, stdin = '' }) {
      shell.ran.push(argv);
      const instead = shell.before?.(shell.ran.length, argv);
      if (instead !== undefined) return instead;
      const missing = { code: 127, stdout: '', stderr: `exec: "${argv[0]}": executable file not found in $PATH` };
      const place = { machine, view, rules: () => [] };
      const run = (argv[1] === '-s' ? runBatchScript(place, stdin) : runCommand(place, argv, stdin)) ?? missing;
      return shell.after?.(shell.ran.length) ?? { kind: 'exited', truncated: false, ...run };
    },
    close: async () => undefined,
  };
  return shell;
}

const WRITE: HelperAccess = { kind: 'write', directories: ['/etc/modules-load.d', '/etc/sysctl.d'] };
