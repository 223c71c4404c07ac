// Some systems take neither packages nor files under /etc: what a node needs has to be said where its image or its configuration is made.
import { immutableOs } from '../facts/os.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';

export const osImmutable: NodeRule = {
  id: 'os-immutable',
  section: 7,
  scope: 'node',
  title: "the node's operating system cannot be changed from inside",
  verdicts: everyMode('info'),
  source: 'talos.dev, machine configuration; Bottlerocket and Flatcar documentation',
  onlyForward: true,
  check: ({ node }) => {
    const name = immutableOs(node);
    if (name === undefined) return undefined;
    return {
      message: `${node.osImage}: nothing can be installed, and modules and sysctls set on the node do not last.`,
      fix: UPSTREAM[name],
    };
  },
};

/** How modules and sysctls are made to last there. */
const UPSTREAM = {
  Talos:
    '# in the machine configuration (talosctl patch machineconfig)\nmachine:\n  kernel:\n    modules:\n      - name: br_netfilter\n  sysctls:\n    net.ipv4.ip_forward: "1"',
  Bottlerocket:
    '# in the user data\n[settings.kernel.modules.ip_vs]\nallowed = true\nautoload = true\n[settings.kernel.sysctl]\n"net.ipv4.ip_forward" = "1"',
  Flatcar:
    '# in the Butane configuration\nstorage:\n  files:\n    - path: /etc/modules-load.d/proxymode.conf\n      contents:\n        inline: ip_vs\n    - path: /etc/sysctl.d/99-proxymode.conf\n      contents:\n        inline: net.ipv4.ip_forward = 1',
} as const;
