// Without nodePortAddresses, iptables and ipvs mode serve node ports on every address of a node, nftables mode on the primary one only.
import { familyOf } from '../cidr.ts';
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { configFor, listAt } from './shared-config.ts';
import { otherAddresses } from './shared-node-addresses.ts';
import { familiesOf, namesOf, nodePortUsers } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const nodeportAddressesDefault: NodeRule = {
  id: 'nodeport-addresses-default',
  section: 6,
  scope: 'node',
  title: 'node ports are used on other addresses than the primary one',
  verdicts: { iptables: 'info', ipvs: 'info', nftables: 'block' },
  source: 'KEP-3866; pkg/proxy/apis/config/types.go, nodePortAddresses',
  onlyForward: true,
  check: (context) => {
    const { cluster, node, target, from } = context;
    if ((target === 'nftables') === (from === 'nftables')) return undefined;
    return given([cluster.services], (services) => {
      const users = nodePortUsers(services);
      if (users.length === 0) return undefined;
      return given([configFor(context)], (config) => {
        if (listAt(config, ['nodePortAddresses']).length > 0) return undefined;
        return given([otherAddresses(node, cluster, familiesOf(users))], ({ outer }) => {
          if (outer.length === 0) return undefined;
          const ports = `${counted('Service', namesOf(users), 3)} with node ports`;
          if (target !== 'nftables')
            return {
              message: `${ports}: served on ${outer.join(', ')} as well. Without nodePortAddresses, mode ${target} takes every address.`,
            };
          const all = outer.some((one) => familyOf(one) === 'IPv6') ? '["0.0.0.0/0", "::/0"]' : '["0.0.0.0/0"]';
          return {
            message: `${ports}: no longer served on ${outer.join(', ')}. Without nodePortAddresses, nftables mode takes the primary address only.`,
            fix: `# in the ProxyModeMigration; or accept nodeport-addresses-default if nobody uses these addresses\nspec:\n  config:\n    nodePortAddresses: ${all}`,
          };
        });
      });
    });
  },
};
