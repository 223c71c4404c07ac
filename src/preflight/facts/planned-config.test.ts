// The configuration the rules judge: what is there, with what the migration will write.
import { describe, expect, it } from 'vitest';
import { unseen, valueOr } from '../known.ts';
import { snapshotOf } from '../testing/cluster.ts';
import type { ClusterParts } from '../testing/cluster.ts';
import type { KubeProxyFacts } from './cluster.ts';
import { configOfWords } from './flag-config.ts';
import { factsFrom } from './from-snapshot.ts';

function kubeProxy(parts: ClusterParts): KubeProxyFacts {
  return factsFrom(snapshotOf(parts), { change: parts.change }).cluster.kubeProxy;
}

describe('the planned configuration', () => {
  it('has the mode, what moves with it, and spec.config', () => {
    const { planned, config } = kubeProxy({
      config: { iptables: { masqueradeAll: true } },
      change: { nodePortAddresses: ['0.0.0.0/0'] },
    });
    const after = valueOr(planned('nftables'), undefined);
    expect(after?.read.mode).toBe('nftables');
    expect(after?.at(['nftables', 'masqueradeAll'])).toBe(true);
    expect(after?.at(['nodePortAddresses'])).toEqual(['0.0.0.0/0']);
    expect(valueOr(config, undefined)?.at(['nodePortAddresses'])).toBeUndefined();
  });

  it('is made once for each mode', () => {
    const { planned } = kubeProxy({});
    expect(planned('ipvs')).toBe(planned('ipvs'));
    expect(planned('ipvs')).not.toBe(planned('nftables'));
  });

  it('is as unseen as the configuration', () => {
    const { planned } = kubeProxy({ config: unseen('reading ConfigMaps is forbidden') });
    expect(planned('nftables')).toEqual(unseen('reading ConfigMaps is forbidden'));
    expect(kubeProxy({ config: 'mode: [' }).planned('nftables')).toMatchObject({ known: false });
  });
});

describe('flags in place of a file', () => {
  it('are read as the fields they stand for', () => {
    const words = [
      '/usr/local/bin/kube-proxy',
      '--proxy-mode=ipvs',
      '--cluster-cidr',
      '10.42.0.0/16',
      '--ipvs-strict-arp',
      '--ipvs-scheduler=wlc',
      '--nodeport-addresses=10.0.0.0/8,192.168.0.0/16',
      '--iptables-masquerade-bit=15',
      '--iptables-localhost-nodeports=false',
      '--feature-gates=KubeProxyIPVS=true,NFTablesNetlink=false',
    ];
    const config = valueOr(configOfWords(words), undefined);
    expect(config?.read).toMatchObject({
      mode: 'ipvs',
      featureGates: { KubeProxyIPVS: true, NFTablesNetlink: false },
    });
    expect(config?.textAt(['clusterCIDR'])).toBe('10.42.0.0/16');
    expect(config?.at(['ipvs'])).toEqual({ strictARP: true, scheduler: 'wlc' });
    expect(config?.at(['nodePortAddresses'])).toEqual(['10.0.0.0/8', '192.168.0.0/16']);
    expect(config?.at(['iptables'])).toEqual({ masqueradeBit: 15, localhostNodePorts: false });
  });

  it('count only where no file is named', () => {
    const flags = { command: ['kube-proxy', '--proxy-mode=ipvs', '--ipvs-strict-arp=true'] };
    const without = kubeProxy({ proxy: { container: flags } });
    expect(valueOr(without.config, undefined)?.at(['ipvs', 'strictARP'])).toBe(true);
    expect(valueOr(without.planned('ipvs'), undefined)?.at(['ipvs', 'strictARP'])).toBe(true);
    const beside = kubeProxy({
      config: unseen('reading ConfigMaps is forbidden'),
      proxy: { args: ['--ipvs-strict-arp=true'] },
    });
    expect(beside.config).toEqual(unseen('reading ConfigMaps is forbidden'));
  });
});
