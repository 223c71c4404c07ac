import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editConfig } from './config-edit.ts';
import { configFixtures } from './fixtures/read-fixture.ts';
import { trialConfig } from './trial-config.ts';

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';

function tried(text: string): Record<string, unknown> {
  const edit = trialConfig(text);
  if (edit.kind === 'problem') throw new Error(edit.message);
  return parse(edit.text) as Record<string, unknown>;
}

const CONNTRACK = { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' };
const OWN = {
  clientConnection: { kubeconfig: '' },
  metricsBindAddress: '127.0.0.1:10249',
  healthzBindAddress: '127.0.0.1:10256',
};

describe('the configuration of a trial', () => {
  it('leaves the machine alone where nothing is written, because the defaults would not', () => {
    expect(tried(`${HEAD}mode: nftables\n`)).toMatchObject({ mode: 'nftables', conntrack: CONNTRACK, ...OWN });
  });

  it('takes away what reaches beyond its network, and nothing else', () => {
    const text = `${HEAD}mode: ipvs
clusterCIDR: 10.244.0.0/16
clientConnection: { kubeconfig: /var/lib/kube-proxy/kubeconfig.conf, qps: 20 }
conntrack: { maxPerCore: 32768, min: 131072, tcpBeLiberal: true, udpTimeout: 5s, udpStreamTimeout: 9s }
metricsBindAddress: 192.0.2.7:9999
ipvs: { strictARP: true, scheduler: wlc }
`;
    expect(tried(text)).toEqual({
      ...(parse(text) as object),
      ...OWN,
      clientConnection: { kubeconfig: '', qps: 20 },
      conntrack: { ...CONNTRACK, tcpBeLiberal: false, udpTimeout: '0s', udpStreamTimeout: '0s' },
    });
  });

  it('has no field that an older kube-proxy does not know, unless it is there', () => {
    expect(tried(`${HEAD}mode: iptables\n`)['conntrack']).toEqual(CONNTRACK);
  });

  it('can be made of every configuration that can be edited', () => {
    for (const [name, text] of configFixtures()) {
      const edit = editConfig(text, { mode: 'nftables' });
      if (edit.kind === 'problem') continue;
      expect(tried(edit.text), name).toMatchObject({
        mode: 'nftables',
        conntrack: CONNTRACK,
        metricsBindAddress: OWN.metricsBindAddress,
      });
    }
  });

  it('is none where a section is no mapping', () => {
    expect(trialConfig(`${HEAD}mode: iptables\nconntrack: 7\n`)).toMatchObject({ kind: 'problem' });
  });
});
