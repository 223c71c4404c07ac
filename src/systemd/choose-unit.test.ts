import { describe, expect, it } from 'vitest';
import { chooseUnit, managedUnit } from './choose-unit.ts';

function unit(id: string, program: string, activeState = 'active', loadState = 'loaded'): string {
  const start = `{ path=${program} ; argv[]=${program} $OPTS ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`;
  return `ExecStart=${start}\nId=${id}\nLoadState=${loadState}\nActiveState=${activeState}\n`;
}

const SSH = unit('ssh.service', '/usr/sbin/sshd');

describe('chooseUnit', () => {
  it('finds the one that runs kube-proxy', () => {
    expect(chooseUnit([SSH, unit('proxy.service', '/opt/kube-proxy')].join('\n'), 'n1')).toEqual({
      kind: 'chosen',
      name: 'proxy.service',
    });
  });

  it('finds it behind a starter, and not in an exporter', () => {
    const nice = unit('a.service', '/usr/bin/nice').replace('$OPTS', '/usr/bin/kube-proxy $OPTS');
    const exporter = unit('b.service', '/usr/bin/kube-proxy-exporter');
    expect(chooseUnit([exporter, nice].join('\n'), 'n1')).toMatchObject({ name: 'a.service' });
  });

  it('prefers one that runs', () => {
    const old = unit('kube-proxy-old.service', '/opt/old/kube-proxy', 'inactive');
    expect(chooseUnit([old, unit('kp.service', '/opt/kube-proxy')].join('\n'), 'n1')).toMatchObject({
      name: 'kp.service',
    });
  });

  it.each([
    [
      'several',
      [unit('a.service', '/a/kube-proxy'), unit('b.service', '/b/kube-proxy')],
      /several units that run kube-proxy: a.service, b.service/,
    ],
    ['none', [SSH], /no unit that runs kube-proxy/],
    [
      'one that systemd could not load',
      [unit('a.service', '/a/kube-proxy', 'inactive', 'bad-setting')],
      /no unit that runs/,
    ],
    ['k3s', [SSH, unit('k3s.service', '/usr/local/bin/k3s')], /has k3s.service: kube-proxy runs inside k3s. Put/],
    ['RKE2', [unit('rke2-agent.service', '/usr/local/bin/rke2')], /static pod that RKE2 writes/],
    ['k0s', [unit('k0sworker.service', '/usr/local/bin/k0s')], /ClusterConfig/],
    ['MicroK8s', [unit('snap.microk8s.daemon-kubelite.service', '/usr/bin/snap')], /args\/kube-proxy/],
  ])('says what to do where there is %s', (_what, units, message) => {
    expect(chooseUnit(units.join('\n'), 'n1')).toEqual({ kind: 'problem', message: expect.stringMatching(message) });
  });
});

describe('managedUnit', () => {
  it('knows the units that are not edited', () => {
    expect(managedUnit('snap.kube-proxy.daemon.service')).toContain('snap');
    expect(managedUnit('k3s-agent.service')).toContain('k3s');
    expect(managedUnit('kube-proxy.service')).toBeUndefined();
    expect(managedUnit('my-k3s.service')).toBeUndefined();
  });
});
