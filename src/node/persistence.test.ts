import { describe, expect, it } from 'vitest';
import { MODULES_FILE, modulesFile, SYSCTLS_FILE, sysctlsFile } from './own-files.ts';
import { modulesAtBoot, sysctlsAtBoot } from './persistence.ts';

describe('modules loaded at boot', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'by systemd',
      { '/etc/modules-load.d/k8s.conf': '# for kubernetes\nbr_netfilter\n\n; and\n overlay \nnf-nat\n' },
      {
        br_netfilter: '/etc/modules-load.d/k8s.conf',
        overlay: '/etc/modules-load.d/k8s.conf',
        nf_nat: '/etc/modules-load.d/k8s.conf',
      },
    ],
    [
      'by the distribution, unless a file of the same name takes its place',
      {
        '/usr/lib/modules-load.d/a.conf': 'one\n',
        '/usr/lib/modules-load.d/b.conf': 'two\n',
        '/etc/modules-load.d/b.conf': 'three\n',
      },
      { one: '/usr/lib/modules-load.d/a.conf', three: '/etc/modules-load.d/b.conf' },
    ],
    ['by Debian’s own list', { '/etc/modules': '# x\nip_vs conn_tab_bits=14\n' }, { ip_vs: '/etc/modules' }],
    [
      'not by what is no .conf',
      { '/etc/modules-load.d/a.conf.bak': 'one\n', '/etc/modules-load.d/README': 'two\n' },
      {},
    ],
    ['not by our own file', { [MODULES_FILE]: 'one\n' }, {}],
  ])('%s', (_name, files, expected) => {
    expect(Object.fromEntries(modulesAtBoot(new Map(Object.entries(files))))).toEqual(expected);
  });

  it('by a script, as RHEL up to 7 has them', () => {
    const path = '/etc/sysconfig/modules/ipvs.modules';
    const listed = '#!/bin/bash\nmodprobe -- ip_vs\nmodprobe -- ip_vs_rr\nmodprobe -- nf_conntrack_ipv4\n';
    const loop =
      '#!/bin/bash\nmods="ip_vs ip_vs_wrr"\nfor mod in $mods; do\n  /sbin/modprobe $mod >/dev/null 2>&1\ndone\n';
    const names = (text: string): readonly string[] => [...modulesAtBoot(new Map([[path, text]])).keys()];
    expect(names(listed)).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_rr', 'nf_conntrack_ipv4']));
    expect(names(loop)).toEqual(expect.arrayContaining(['ip_vs', 'ip_vs_wrr']));
    expect(names('#!/bin/bash\necho ip_vs\n')).toEqual([]);
    expect(names('# modprobe ip_vs\n')).not.toContain('ip_vs');
  });
});

describe('sysctls set at boot', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['by a file', { '/etc/sysctl.d/k8s.conf': 'net.ipv4.ip_forward = 1\n' }, '1 /etc/sysctl.d/k8s.conf'],
    [
      'written with slashes, and allowed to fail',
      { '/etc/sysctl.d/k8s.conf': '-net/ipv4/ip_forward=1' },
      '1 /etc/sysctl.d/k8s.conf',
    ],
    [
      'by the last file in the order of names, wherever it lies',
      { '/usr/lib/sysctl.d/90-a.conf': 'net.ipv4.ip_forward=1', '/etc/sysctl.d/10-b.conf': 'net.ipv4.ip_forward=0' },
      '1 /usr/lib/sysctl.d/90-a.conf',
    ],
    [
      'by the file in /etc rather than its namesake',
      { '/usr/lib/sysctl.d/90-a.conf': 'net.ipv4.ip_forward=1', '/etc/sysctl.d/90-a.conf': 'net.ipv4.ip_forward=0' },
      '0 /etc/sysctl.d/90-a.conf',
    ],
    [
      'by /etc/sysctl.conf after all',
      { '/etc/sysctl.conf': '# x\nnet.ipv4.ip_forward = 0\n', '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward=1' },
      '0 /etc/sysctl.conf',
    ],
    ['not by a comment', { '/etc/sysctl.conf': '#net.ipv4.ip_forward=1\n;net.ipv4.ip_forward=1\n' }, undefined],
    ['not by our own file', { [SYSCTLS_FILE]: 'net.ipv4.ip_forward = 1\n' }, undefined],
  ])('%s', (_name, files, expected) => {
    const found = sysctlsAtBoot(new Map(Object.entries(files))).get('net.ipv4.ip_forward');
    expect(found && `${found.value} ${found.path}`).toBe(expected);
  });
});

describe('our own files', () => {
  it('are the same whatever the order, and however often', () => {
    const once = modulesFile('', { add: ['ip_vs_rr', 'ip_vs'] });
    expect(once).toBe(
      "# Written by Proxymode (proxymode.dev): kernel modules that kube-proxy's mode needs.\n# A migration that is rolled back takes its lines out again. Keep your own in another file of /etc/modules-load.d.\nip_vs\nip_vs_rr\n",
    );
    expect(modulesFile(once, { add: ['ip_vs'] })).toBe(once);
    expect(modulesFile(modulesFile('', { add: ['ip_vs'] }), { add: ['ip_vs_rr'] })).toBe(once);
  });

  it('keep the lines of another migration', () => {
    const both = modulesFile(modulesFile('', { add: ['nf_tables'] }), { add: ['ip_vs'] });
    expect(modulesFile(both, { remove: ['ip_vs'] })).toBe(modulesFile('', { add: ['nf_tables'] }));
  });

  it('are nothing when they would say nothing', () => {
    expect(modulesFile(modulesFile('', { add: ['ip_vs'] }), { remove: ['ip_vs'] })).toBe('');
    expect(modulesFile('', {})).toBe('');
    expect(sysctlsFile(sysctlsFile('', { add: [{ name: 'a.b', value: '1' }] }), { remove: ['a.b'] })).toBe('');
  });

  it('have one value for a sysctl', () => {
    const text = sysctlsFile('a.b=0\n# x\n c.d = 2\n', { add: [{ name: 'a.b', value: '1' }] });
    expect(text.split('\n').slice(2)).toEqual(['a.b = 1', 'c.d = 2', '']);
    expect(sysctlsFile(text, { add: [{ name: 'a.b', value: '1' }] })).toBe(text);
  });
});
