import { unseen } from '../known.ts';
import { calico, felix } from '../testing/calico.ts';
import { daemonSet, service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoNodeportRanges } from './calico-nodeport-ranges.ts';

const daemonSets = [calico('v3.30.0')];
const apiServer = (
  range: string,
): {
  readonly pods: readonly [
    { metadata: { name: string; namespace: string }; spec: { hostNetwork: true; containers: [] } },
  ];
} => ({
  pods: [
    {
      metadata: { name: 'kube-apiserver-n1', namespace: 'kube-system' },
      spec: {
        hostNetwork: true,
        containers: (daemonSet('kube-apiserver', { args: [`--service-node-port-range=${range}`] }).spec?.template?.spec
          ?.containers ?? []) as [],
      },
    },
  ],
});
const nodePort = (port: number): ReturnType<typeof service> =>
  service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] });

testRule(calicoNodeportRanges, {
  'has nothing to say without Calico': { target: 'ipvs', ...apiServer('20000-40000'), finds: 'nothing' },
  'blocks a range Calico does not know': {
    target: 'ipvs',
    daemonSets,
    ...apiServer('20000-40000'),
    finds: 'block',
    says: ['20000:40000', '30000:32767', '"kubeNodePortRanges":["20000:40000"]'],
  },
  'blocks a range that was set too small': {
    target: 'ipvs',
    daemonSets,
    ...apiServer('30000-35000'),
    ...felix({ default: { kubeNodePortRanges: ['30000:33000', 34000] } }),
    finds: 'block',
    says: '30000:33000, 34000',
  },
  'passes a range that was set': {
    target: 'ipvs',
    daemonSets,
    ...apiServer('20000-40000'),
    ...felix({ default: { kubeNodePortRanges: ['20000:40000'] } }),
    finds: 'nothing',
  },
  'passes the default range': { target: 'ipvs', daemonSets, ...apiServer('30000-32767'), finds: 'nothing' },
  'passes a smaller range': { target: 'ipvs', daemonSets, ...apiServer('30000-31000'), finds: 'nothing' },
  'takes node ports in use where the API server is not to be seen': {
    target: 'ipvs',
    daemonSets,
    services: [nodePort(30080), nodePort(8080)],
    finds: 'block',
    says: ['node ports 8080', '--service-node-port-range'],
  },
  'passes ordinary node ports where the API server is not to be seen': {
    target: 'ipvs',
    daemonSets,
    services: [nodePort(30080)],
    finds: 'nothing',
  },
  'is not asked for nftables': { target: 'nftables', daemonSets, ...apiServer('20000-40000'), finds: 'nothing' },
  'does not know without the API server and without Services': {
    target: 'ipvs',
    daemonSets,
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
  'does not know a range it cannot read': { target: 'ipvs', daemonSets, ...apiServer('many'), finds: 'unknown' },
});
