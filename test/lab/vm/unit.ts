// What tests ask the VM about its kube-proxy: the unit, its file and what the file stands beside.
import { until } from '../until.ts';
import { patience } from './migrations.ts';
import type { Vm } from './vm.ts';

export const CONFIG = '/etc/kubernetes/kube-proxy-config.yml';
/** In its directory. */
export const INSTALLED = ['kube-proxy-config.yml', 'kube-proxy.conf', 'kube-proxy.kubeconfig'];

export type UnitOnVm = {
  readonly invocation: () => Promise<string>;
  /** How often systemd has started kube-proxy since the VM was booted. */
  readonly starts: () => Promise<number>;
  /** Names in the directory of the file. */
  readonly files: () => Promise<readonly string[]>;
  readonly config: () => Promise<string>;
  readonly serviceAnswers: () => Promise<boolean>;
  /** Restarts it, as a person would, and waits until it has written its rules in this mode. */
  readonly restarted: (mode: string) => Promise<boolean>;
};

export function unitOn(vm: Vm): UnitOnVm {
  const settled = (mode: string): Promise<boolean> =>
    until(`rules in ${mode} mode`, async () => (await vm.proxyMode()) === mode && vm.hasSynced(), patience);
  return {
    invocation: async () =>
      (await vm.stdout(['systemctl', 'show', '--property=InvocationID', '--value', 'kube-proxy'])).trim(),
    starts: async () => {
      const journal = ['journalctl', '--boot', '--output=cat', '--no-pager', '_PID=1', 'UNIT=kube-proxy.service'];
      const lines = (await vm.stdout(journal)).split('\n');
      return lines.filter((line) => line.startsWith('Started ')).length;
    },
    files: async () => (await vm.stdout(['ls', '-A', '/etc/kubernetes'])).trim().split('\n').toSorted(),
    config: () => vm.stdout(['cat', CONFIG]),
    serviceAnswers: () => {
      const ask = async (): Promise<boolean> =>
        (await vm.stdout(['curl', '-sS', '-m', '10', 'http://10.96.100.100/'])).startsWith('vm1 ');
      return until('the Service to answer', ask, patience);
    },
    restarted: async (mode) => {
      await vm.stdout(['sh', '-c', 'systemctl daemon-reload && systemctl restart kube-proxy']);
      return settled(mode);
    },
  };
}
