// NetworkManager takes devices it does not know for its own, and may take their addresses away: those of kube-ipvs0 are all Services of the
// node, those of nodelocaldns its DNS. kubespray writes the exception; most others do not.
//
// kube-ipvs0 matters for ipvs alone, nodelocaldns in every mode, where there is a NodeLocal DNSCache.
import type { ProxyMode } from '../../api/fields.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { derive, given } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { hasNodeLocalDns } from './shared-node-local-dns.ts';

export const networkmanagerDummies: NodeRule = {
  id: 'networkmanager-dummies',
  section: 4,
  scope: 'node',
  title: 'NetworkManager may take hold of kube-ipvs0 and nodelocaldns',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'info' },
  source: 'kubespray roles/kubernetes/preinstall, NetworkManager',
  check: ({ cluster, node, target }) =>
    given([node.probe.networkManager], (active) => {
      if (!active) return undefined;
      return given([node.probe.networkManagerUnmanaged, devicesOf(cluster, target)], (lines, devices) => {
        const managed = devices.filter((device) => !lines.some((line) => leavesAlone(line, device)));
        if (managed.length === 0) return undefined;
        const what = `NetworkManager runs on the node and is not told to leave ${managed.join(' and ')} alone`;
        const harm =
          target === 'ipvs'
            ? 'it may take away the addresses of Services'
            : 'it may take away the address of the DNS cache';
        return { message: `${what}: ${harm}.`, fix: FIX };
      });
    }),
};

function devicesOf({ daemonSets }: ClusterFacts, target: ProxyMode): Known<readonly string[]> {
  return derive([daemonSets], (all) => [
    ...(target === 'ipvs' ? ['kube-ipvs0'] : []),
    ...(hasNodeLocalDns(all) ? ['nodelocaldns'] : []),
  ]);
}

/** `unmanaged-devices+=interface-name:kube-ipvs0;interface-name:nodelocaldns`; both are of type dummy. */
function leavesAlone(line: string, device: string): boolean {
  return line.includes(device) || line.includes('type:dummy');
}

const FIX = `On the node:
cat > /etc/NetworkManager/conf.d/k8s.conf <<'EOF'
[keyfile]
unmanaged-devices+=interface-name:kube-ipvs0;interface-name:nodelocaldns
EOF
systemctl reload NetworkManager`;
