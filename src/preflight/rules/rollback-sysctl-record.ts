// kube-proxy writes some sysctls when it starts and nothing ever takes them back: after a rollback the node is not quite what it was.
//
// The catalogue asks for these values to be recorded. They are recorded here, in the finding, where the target mode would change one: on
// most nodes it changes none, and a warning on every node would be read by nobody.
import type { ProxyMode } from '../../api/fields.ts';
import { isKernelBefore } from '../../kubeproxy/kernel-version.ts';
import type { ProxyConfigFacts } from '../facts/cluster.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { configFor, flagAt, listAt } from './shared-config.ts';

export const rollbackSysctlRecord: NodeRule = {
  id: 'rollback-sysctl-record',
  section: 14,
  scope: 'node',
  title: 'the target mode changes sysctls that a rollback does not change back',
  verdicts: everyMode('warn'),
  source: 'pkg/proxy/ipvs/proxier.go, pkg/proxy/iptables/proxier.go, cmd/kube-proxy/app/conntrack.go',
  onlyForward: true,
  check: (context) => {
    const { node, target } = context;
    return given([node.probe.sysctls], (values) => {
      const kernel = valueOr(node.kernel, undefined)?.text ?? '';
      const written = writtenBy(target, valueOr(configFor(context), undefined), kernel);
      // One that does not exist comes with its module, and is of no meaning in a mode that does not use it.
      const changed = written.flatMap(([name, to]) => {
        const now = values[name];
        return now === undefined || now === to ? [] : [{ name, now, to }];
      });
      if (changed.length === 0) return undefined;
      const list = changed.map(({ name, now, to }) => `${name} from ${now} to ${to}`).join(', ');
      return {
        message: `Starting in ${target} mode, kube-proxy sets ${list}; a rollback does not set them back.`,
        fix: `Keep this. To have the old values again after a rollback, on the node:\nsysctl -w ${changed.map(({ name, now }) => `'${name}=${now}'`).join(' ')}`,
      };
    });
  },
};

type Written = readonly (readonly [name: string, value: string])[];

/** With the defaults where the configuration cannot be seen. */
function writtenBy(target: ProxyMode, config: ProxyConfigFacts | undefined, kernel: string): Written {
  const liberal = config !== undefined && flagAt(config, ['conntrack', 'tcpBeLiberal']);
  const all: Written = liberal ? [['net.netfilter.nf_conntrack_tcp_be_liberal', '1']] : [];
  switch (target) {
    case 'iptables':
      return localNodePorts(config) ? [...all, ['net.ipv4.conf.all.route_localnet', '1']] : all;
    case 'ipvs':
      return [...all, ...byIpvs(config, kernel)];
    case 'nftables':
      return all;
  }
}

function byIpvs(config: ProxyConfigFacts | undefined, kernel: string): Written {
  const reuse = isKernelBefore(kernel, 4, 1) === false && isKernelBefore(kernel, 5, 9) === true;
  const strict = config !== undefined && flagAt(config, ['ipvs', 'strictARP']);
  return [
    ['net.ipv4.vs.conntrack', '1'],
    ...(reuse ? ([['net.ipv4.vs.conn_reuse_mode', '0']] as const) : []),
    ['net.ipv4.vs.expire_nodest_conn', '1'],
    ['net.ipv4.vs.expire_quiescent_template', '1'],
    ['net.ipv4.ip_forward', '1'],
    ...(strict
      ? ([
          ['net.ipv4.conf.all.arp_ignore', '1'],
          ['net.ipv4.conf.all.arp_announce', '2'],
        ] as const)
      : []),
  ];
}

/** iptables.localhostNodePorts, on unless said otherwise, and with node ports on a loopback address at all. */
function localNodePorts(config: ProxyConfigFacts | undefined): boolean {
  if (config === undefined) return true;
  const addresses = listAt(config, ['nodePortAddresses']);
  const onLoopback =
    addresses.length === 0 || addresses.some((cidr) => /^(?:0\.0\.0\.0\/0|127\.|all$|localhost$)/.test(cidr));
  return onLoopback && config.at(['iptables', 'localhostNodePorts']) !== false;
}
