// nftables mode has a section of its own for masquerading and sync periods, and reads neither `iptables` nor `ipvs`.
import { coupledFields, isProxyMode } from '../../kubeproxy/coupled-fields.ts';
import type { ProxyConfigFacts } from '../facts/cluster.ts';
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';

export const masqueradeSettings: ClusterRule = {
  id: 'masquerade-settings',
  section: 8,
  scope: 'cluster',
  title: 'settings for masquerading and sync periods are in a section nftables mode does not read',
  verdicts: { nftables: 'warn' },
  source: 'pkg/proxy/apis/config/types.go; cmd/kube-proxy/app/server_linux.go',
  onlyForward: true,
  check: ({ cluster, from }) =>
    // What is there now: the migration's own edit carries them over, and whoever changes the mode by hand has to.
    given([cluster.kubeProxy.config], (config) => {
      const moved = settings(config, from);
      if (moved.length === 0) return undefined;
      const lines = moved.map(
        ({ path, value }) => `  ${path[1]}: ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`,
      );
      return {
        message: `nftables mode does not read ${moved.map(({ why }) => /from (\S+),/.exec(why)?.[1] ?? '').join(', ')}. The operator copies what is set there; a change by hand has to do the same.`,
        fix: ['nftables:', ...lines].join('\n'),
      };
    }),
};

function settings(config: ProxyConfigFacts, from: string | undefined): ReturnType<typeof coupledFields> {
  const mode = from !== undefined && isProxyMode(from) ? from : 'iptables';
  return coupledFields(mode, 'nftables', config.at);
}
