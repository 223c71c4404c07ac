// What the rules are told of clusters of different make.
import { describe, expect, it } from 'vitest';
import { known, valueOr, unseen } from '../known.ts';
import { custom, daemonSet, proxyPod, snapshotOf } from '../testing/cluster.ts';
import type { ClusterParts } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { felixSetting } from './calico-facts.ts';
import type { ClusterFacts } from './cluster.ts';
import { configMapsToRead } from './config-maps.ts';
import { factsFrom } from './from-snapshot.ts';
import type { NodeFacts } from './node.ts';
import type { Pod } from './objects.ts';

function cluster(parts: ClusterParts = {}): ClusterFacts {
  return factsFrom(snapshotOf(parts)).cluster;
}

function only(parts: ClusterParts): NodeFacts | undefined {
  return valueOr(factsFrom(snapshotOf(parts)).nodes, [])[0];
}

describe('kube-proxy', () => {
  it('is found in its DaemonSet, with configuration, version, flags and API server', () => {
    const { kubeProxy } = cluster({ config: { ipvs: { strictARP: true } }, proxy: { args: ['--proxy-mode=ipvs'] } });
    expect(valueOr(kubeProxy.place, undefined)).toMatchObject({ kind: 'daemonSet', located: { key: 'config.conf' } });
    expect(valueOr(kubeProxy.version, undefined)?.text).toBe('v1.36.3');
    expect(valueOr(kubeProxy.configuredMode, undefined)).toBe('iptables');
    expect(valueOr(kubeProxy.config, undefined)?.at(['ipvs', 'strictARP'])).toBe(true);
    expect(valueOr(kubeProxy.words, [])).toContain('--proxy-mode=ipvs');
    expect(valueOr(kubeProxy.apiServer, '')).toBe('https://10.0.0.1:6443');
  });

  it('resolves an unset mode by version', () => {
    expect(cluster({ config: { mode: '' } }).kubeProxy).toMatchObject({
      writtenMode: { value: '' },
      configuredMode: { value: 'iptables' },
    });
    expect(cluster({ config: { mode: '' }, version: 'v1.40.0' }).kubeProxy.configuredMode).toMatchObject({
      value: 'nftables',
    });
  });

  it('takes the flag only where there is no file', () => {
    const flags = { command: ['kube-proxy', '--proxy-mode=ipvs'] };
    expect(cluster({ proxy: { container: flags } }).kubeProxy).toMatchObject({
      place: { value: { kind: 'unresolved', problem: { reason: 'ConfigMapNotFound' } } },
      configuredMode: { value: 'ipvs' },
    });
    const file = { config: unseen('reading ConfigMaps is forbidden'), proxy: { args: ['--proxy-mode=ipvs'] } };
    expect(cluster(file).kubeProxy.configuredMode).toMatchObject({
      known: false,
      why: 'reading ConfigMaps is forbidden',
    });
  });

  it('tells static pods, processes of nodes and none at all apart', () => {
    expect(cluster({ proxy: null, pods: [proxyPod('n1')] }).kubeProxy.place).toMatchObject({
      value: { kind: 'staticPods' },
    });
    expect(cluster({ proxy: null }).kubeProxy.place).toMatchObject({ value: { kind: 'onNodes', answering: ['n1'] } });
    const silent = [node({ mode: notAsked })];
    expect(cluster({ proxy: null, nodes: silent }).kubeProxy.place).toMatchObject({
      value: { kind: 'absent', asked: true },
    });
    expect(cluster({ pods: unseen('listing pods is forbidden'), proxy: null }).kubeProxy.place).toMatchObject({
      known: false,
    });
  });

  it('says why a configuration cannot be read', () => {
    expect(cluster({ config: 'mode: [' }).kubeProxy.config).toMatchObject({
      known: false,
      why: expect.stringContaining('YAML') as string,
    });
  });

  it('reads each node: mode, counters, version', () => {
    const metrics = ['kubeproxy_iptables_localhost_nodeports_accepted_packets_total 7'];
    expect(only({ nodes: [node({ mode: 'ipvs', metrics })] })?.kubeProxy).toMatchObject({
      mode: { value: 'ipvs' },
      version: { value: { text: 'v1.36.3' } },
      localhostNodePortPackets: { value: 7 },
      invalidDroppedPackets: { known: true, value: undefined },
      pod: { value: { metadata: { name: 'kube-proxy-n1' } } },
    });
    expect(only({ nodes: [node({ mode: notAsked, metrics: notAsked })] })?.kubeProxy).toMatchObject({
      mode: { value: 'iptables' },
      proxyMode: { known: false },
      localhostNodePortPackets: { known: false },
    });
  });

  it('is not what another namespace’s template says, nor what its pods say', () => {
    const image = 'example/kube-proxy:v9.9.9';
    const others = ['web', 'kube-proxy'].map((name) => daemonSet(name, { namespace: 'apps', image, scheduled: 0 }));
    const one = (hostNetwork: boolean): Pod => ({
      metadata: { name: 'kube-proxy-x', namespace: 'apps' },
      spec: { nodeName: 'n1', hostNetwork, containers: [{ name: 'kube-proxy', image }] },
    });
    const { kubeProxy } = cluster({ daemonSets: others, pods: [one(true)] });
    expect(kubeProxy.place).toMatchObject({ value: { kind: 'daemonSet', located: { namespace: 'kube-system' } } });
    expect(kubeProxy.version).toMatchObject({ value: { text: 'v1.36.3' } });
    expect(valueOr(kubeProxy.pods, []).map(({ metadata }) => metadata.namespace)).toEqual(['kube-system']);
    const without = cluster({ proxy: null, daemonSets: others, pods: [one(false)] });
    expect(without.kubeProxy.place).toMatchObject({ value: { kind: 'onNodes' } });
  });

  it('in units is what the units say, whatever DaemonSets and pods there are', () => {
    const words = known(['kube-proxy', '--config=/etc/kube-proxy.yaml']);
    const image = 'example/kube-proxy:v9.9.9';
    const snapshot = snapshotOf({
      proxy: null,
      daemonSets: [daemonSet('web', { namespace: 'apps', image, labels: { 'gardener.cloud/role': 'x' } })],
    });
    const { kubeProxy, distribution } = factsFrom(snapshot, { words, configText: known('mode: ipvs') }).cluster;
    expect(kubeProxy).toMatchObject({
      place: { value: { kind: 'onNodes' } },
      version: { value: { text: 'v1.36.3' } },
      pods: { value: [] },
    });
    expect(distribution).toMatchObject({ value: { id: 'unknown' } });
  });

  it('finds the API server in a kubeconfig of nothing but empty lines at once', { timeout: 3_000 }, () => {
    const parts: ClusterParts = {
      configMaps: { 'kube-system/kube-proxy': { 'config.conf': 'mode: ""', kubeconfig: `${'\n'.repeat(60_000)}x` } },
    };
    expect(cluster(parts).kubeProxy.apiServer).toMatchObject({ known: false });
  });

  it('takes no name for more than a name', () => {
    expect(configMapsToRead([daemonSet('constructor')])).toEqual(configMapsToRead([]));
    const flags = { command: ['kube-proxy', '--constructor=x', '--proxy-mode=ipvs'] };
    expect(cluster({ proxy: { container: flags } }).kubeProxy.configuredMode).toMatchObject({ value: 'ipvs' });
    expect(only({ nodes: [node({ name: 'constructor', asked: false, probe: null })] })).toMatchObject({
      kubeProxy: { asked: false },
      probe: { programs: { known: false } },
    });
  });

  it('names the ConfigMaps to read', () => {
    const own = daemonSet('kp', { namespace: 'x', image: 'example/kube-proxy:v1', configMaps: ['proxy-4711'] });
    expect(configMapsToRead([own, daemonSet('other', { configMaps: ['no'] })])).toContain('x/proxy-4711');
    expect(configMapsToRead([])).toContain('kube-system/kubeadm-config');
    const networks = [
      daemonSet('rke2-canal', { container: 'kube-flannel', configMaps: ['rke2-canal-config'] }),
      daemonSet('cilium', { namespace: 'cilium' }),
    ];
    expect(configMapsToRead(networks)).toEqual(
      expect.arrayContaining(['kube-system/rke2-canal-config', 'cilium/cilium-config']),
    );
  });
});

describe('Service ranges', () => {
  it('come from ServiceCIDRs, else from kubeadm, else from the API server’s flags', () => {
    const kubeadm = {
      'kube-system/kubeadm-config': {
        ClusterConfiguration: 'networking:\n  serviceSubnet: 10.1.0.0/16,fd00:1::/112\n',
      },
    };
    const apiServer = daemonSet('x', {
      args: ['--service-cluster-ip-range=10.2.0.0/16', '--service-node-port-range=30000-31000'],
    });
    const pods = [
      {
        metadata: { name: 'kube-apiserver-x', namespace: 'apps' },
        spec: { hostNetwork: true, containers: [{ name: 'x', args: ['--service-node-port-range=1-2'] }] },
      },
      {
        metadata: { name: 'kube-apiserver-n1', namespace: 'kube-system' },
        spec: { hostNetwork: true, containers: apiServer.spec?.template?.spec?.containers ?? [] },
      },
    ];
    const serviceCidrs = [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.0.0.0/16'] } }];
    expect(cluster({ pods, configMaps: kubeadm, serviceCidrs }).serviceRanges).toMatchObject({
      value: ['10.0.0.0/16'],
    });
    expect(cluster({ pods, configMaps: kubeadm }).serviceRanges).toMatchObject({
      value: ['10.1.0.0/16', 'fd00:1::/112'],
    });
    expect(cluster({ pods })).toMatchObject({
      serviceRanges: { value: ['10.2.0.0/16'] },
      nodePortRange: { value: '30000-31000' },
    });
    expect(cluster()).toMatchObject({ serviceRanges: { known: false }, nodePortRange: { known: false } });
  });
});

describe('networks', () => {
  it('Calico by the operator', () => {
    const parts: ClusterParts = {
      daemonSets: [daemonSet('calico-node', { namespace: 'calico-system', image: 'quay.io/calico/node:v3.32.1' })],
      deployments: [{ ...daemonSet('tigera-operator', { image: 'quay.io/tigera/operator:v1.42.0' }) }],
      custom: {
        installations: [custom('default', { calicoNetwork: { linuxDataplane: 'Nftables' } })],
        felixConfigurations: [
          custom('default', { nftablesMode: 'Auto' }),
          custom('node.n1', { nftablesMode: 'Enabled' }),
        ],
      },
    };
    const calico = valueOr(cluster(parts).cni, undefined)?.calico;
    expect(calico).toMatchObject({
      managedBy: 'operator',
      version: { value: { major: 3, minor: 32 } },
      operatorVersion: { value: { minor: 42 } },
      linuxDataplane: { value: 'Nftables' },
    });
    if (calico === undefined) return;
    expect(felixSetting(calico, 'n1', 'nftablesMode')).toMatchObject({ value: 'Enabled' });
    expect(felixSetting(calico, 'n2', 'nftablesMode')).toMatchObject({ value: 'Auto' });
    expect(felixSetting({ ...calico, env: { FELIX_NFTABLESMODE: 'Disabled' } }, 'n1', 'nftablesMode')).toMatchObject({
      value: 'Disabled',
    });
  });

  it('flannel, Cilium and Antrea with their settings, each by its ConfigMap', () => {
    const parts: ClusterParts = {
      daemonSets: [
        daemonSet('kube-flannel-ds', { namespace: 'kube-flannel', configMaps: ['kube-flannel-cfg'] }),
        daemonSet('cilium', { container: 'cilium-agent' }),
        daemonSet('antrea-agent', {}),
      ],
      configMaps: {
        'kube-flannel/kube-flannel-cfg': { 'net-conf.json': '{"Network":"10.244.0.0/16","EnableNFTables":true}' },
        'kube-system/cilium-config': { 'kube-proxy-replacement': 'true' },
        'kube-system/antrea-config': { 'antrea-agent.conf': 'antreaProxy:\n  proxyAll: true\n' },
      },
      custom: { ciliumNodeConfigs: [custom('legacy', { defaults: { 'kube-proxy-replacement': 'false' } })] },
    };
    expect(cluster(parts).cni).toMatchObject({
      value: {
        flannel: { enableNFTables: { value: true } },
        cilium: { kubeProxyReplacement: { value: 'true' }, nodeOverrides: { value: { legacy: 'false' } } },
        antrea: { proxyAll: { value: true } },
        canal: false,
        names: ['flannel', 'Cilium', 'Antrea'],
      },
    });
  });
});
