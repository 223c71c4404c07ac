import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeRouterServiceProxy } from './kube-router-service-proxy.ts';

const kubeRouter = (...args: readonly string[]): ReturnType<typeof daemonSet> => daemonSet('kube-router', { args });

testRule(kubeRouterServiceProxy, {
  'has nothing to say without kube-router': { target: 'iptables', finds: 'nothing' },
  'blocks iptables': {
    target: 'iptables',
    daemonSets: [kubeRouter('--run-router=true', '--run-service-proxy=true')],
    finds: 'block',
    says: ['kube-system/kube-router runs with --run-service-proxy=true', '--run-service-proxy=false'],
  },
  'blocks ipvs with the default': {
    target: 'ipvs',
    daemonSets: [kubeRouter('--run-router=true')],
    finds: 'block',
    says: 'left at its default, true',
  },
  'blocks nftables': { target: 'nftables', daemonSets: [kubeRouter('--run-service-proxy')], finds: 'block' },
  'passes a kube-router that leaves Services alone': {
    target: 'nftables',
    daemonSets: [kubeRouter('--run-service-proxy=false')],
    finds: 'nothing',
  },
  'does not know what it cannot list': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
