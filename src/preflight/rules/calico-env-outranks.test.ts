import { calico } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoEnvOutranks } from './calico-env-outranks.ts';

const set = (version: string, value: string): ReturnType<typeof calico> =>
  calico(version, { env: { FELIX_NFTABLESMODE: value } });
const elsewhere = {
  ...calico('v3.30.0'),
  spec: {
    template: {
      spec: {
        hostNetwork: true,
        containers: [
          {
            name: 'calico-node',
            image: 'calico/node:v3.30.0',
            env: [
              { name: 'FELIX_NFTABLESMODE', valueFrom: { configMapKeyRef: { name: 'calico-config', key: 'nft' } } },
            ],
          },
        ],
      },
    },
  },
};

testRule(calicoEnvOutranks, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'passes where the environment says nothing': {
    target: 'nftables',
    daemonSets: [calico('v3.30.0')],
    finds: 'nothing',
  },
  'blocks nftables with Disabled': {
    target: 'nftables',
    daemonSets: [set('v3.32.0', 'Disabled')],
    finds: 'block',
    says: [
      'FELIX_NFTABLESMODE=Disabled',
      'kubectl -n kube-system set env daemonset/calico-node -c calico-node FELIX_NFTABLESMODE-',
      'follows kube-proxy node by node',
    ],
  },
  'blocks iptables with Enabled': {
    target: 'iptables',
    daemonSets: [set('v3.30.0', 'Enabled')],
    finds: 'block',
    says: 'calico-nft-mode-static',
  },
  'blocks ipvs with enabled, in whatever case': {
    target: 'ipvs',
    daemonSets: [set('v3.30.0', 'enabled')],
    finds: 'block',
  },
  'blocks nftables with Auto before 3.32, which did not know it': {
    target: 'nftables',
    daemonSets: [set('v3.31.0', 'Auto')],
    finds: 'block',
  },
  'passes Auto from 3.32 on': { target: 'nftables', daemonSets: [set('v3.32.0', 'Auto')], finds: 'nothing' },
  'passes Enabled for nftables': { target: 'nftables', daemonSets: [set('v3.30.0', 'Enabled')], finds: 'nothing' },
  'passes Disabled for iptables': { target: 'iptables', daemonSets: [set('v3.30.0', 'Disabled')], finds: 'nothing' },
  'passes a Calico too old to read it': {
    target: 'iptables',
    daemonSets: [set('v3.28.0', 'Enabled')],
    finds: 'nothing',
  },
  'looks at the way back, too': {
    target: 'nftables',
    daemonSets: [set('v3.30.0', 'Enabled')],
    direction: 'rollback',
    finds: 'block',
  },
  'does not know a value that comes from elsewhere': { target: 'nftables', daemonSets: [elsewhere], finds: 'unknown' },
  'does not know what the value does without a version': {
    target: 'nftables',
    daemonSets: [set('master', 'Auto')],
    finds: 'unknown',
  },
});
