import { describe, expect, it } from 'vitest';
import { MODULES_FILE, modulesFile, SYSCTLS_FILE, sysctlsFile } from './own-files.ts';
import { modulesAtBoot, overrulingAtBoot } from './persistence.ts';

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
      'not for sure by the distribution: what is masked in /etc by a link or an empty file is not seen',
      { '/usr/lib/modules-load.d/a.conf': 'one\n', '/run/modules-load.d/b.conf': 'two\n' },
      {},
    ],
    ['not for sure by Debian’s own list, which is read by way of a link', { '/etc/modules': 'ip_vs\n' }, {}],
    ['not by what lies deeper', { '/etc/modules-load.d/old/a.conf': 'one\n' }, {}],
    [
      'not by what is no .conf',
      { '/etc/modules-load.d/a.conf.bak': 'one\n', '/etc/modules-load.d/README': 'two\n' },
      {},
    ],
    ['not by our own file', { [MODULES_FILE]: 'one\n' }, {}],
  ])('%s', (_name, files, expected) => {
    expect(Object.fromEntries(modulesAtBoot(new Map(Object.entries(files))))).toEqual(expected);
  });

  const path = '/etc/sysconfig/modules/ipvs.modules';
  const names = (text: string): readonly string[] => [...modulesAtBoot(new Map([[path, text]])).keys()];

  it('by a script, as RHEL up to 7 has them', () => {
    const plain =
      '#!/bin/bash\n\n# for kube-proxy\nmodprobe -- ip_vs\n/sbin/modprobe ip_vs_rr >/dev/null 2>&1\n  modprobe nf-conntrack\n';
    expect(names(plain)).toEqual(['ip_vs', 'ip_vs_rr', 'nf_conntrack']);
  });

  it.each([
    ['a loop', 'for mod in ip_vs ip_vs_wrr; do\n  modprobe $mod\ndone'],
    ['a condition', 'if false; then\nmodprobe ip_vs\nfi'],
    ['a condition on one line', 'if false; then modprobe ip_vs; fi'],
    ['an end before it', 'exit 0\nmodprobe ip_vs'],
    ['a text', 'cat <<END\nmodprobe ip_vs\nEND'],
    ['an option', 'modprobe -r ip_vs'],
    ['something after it', 'modprobe ip_vs && modprobe -r ip_vs'],
    ['words only', 'echo ip_vs'],
    ['a comment', '# modprobe ip_vs'],
    ['nothing', ''],
  ])('not for sure by a script with %s', (_name, text) => {
    expect(names(`#!/bin/sh\n${text}\n`)).toEqual([]);
  });
});

describe('sysctls that others set at boot after us', () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ['by no file', {}, []],
    ['by a file after ours', { '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward = 0\n' }, ['0 /etc/sysctl.d/99-z.conf']],
    ['not by one before ours', { '/etc/sysctl.d/10-a.conf': 'net.ipv4.ip_forward = 0\n' }, []],
    ['not by one that says the same', { '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward = 1\n' }, []],
    [
      'written with slashes, and allowed to fail',
      { '/etc/sysctl.d/99-z.conf': '-net/ipv4/ip_forward=0' },
      ['0 /etc/sysctl.d/99-z.conf'],
    ],
    [
      'by the last file in the order of names, wherever it lies',
      { '/usr/lib/sysctl.d/zz.conf': 'net.ipv4.ip_forward=0', '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward=1' },
      ['0 /usr/lib/sysctl.d/zz.conf'],
    ],
    [
      'not by one whose namesake in /etc is seen',
      { '/usr/lib/sysctl.d/zz.conf': 'net.ipv4.ip_forward=0', '/etc/sysctl.d/zz.conf': 'net.ipv4.ip_forward=1' },
      [],
    ],
    [
      'by /etc/sysctl.conf after all',
      { '/etc/sysctl.conf': '# x\nnet.ipv4.ip_forward = 0\n', '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward=1' },
      ['0 /etc/sysctl.conf'],
    ],
    [
      'by a file after ours also where /etc/sysctl.conf, which not everybody reads, agrees',
      { '/etc/sysctl.conf': 'net.ipv4.ip_forward = 1\n', '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward=0' },
      ['0 /etc/sysctl.d/99-z.conf'],
    ],
    ['not by a comment', { '/etc/sysctl.conf': '#net.ipv4.ip_forward=0\n;net.ipv4.ip_forward=0\n' }, []],
    ['not by another sysctl', { '/etc/sysctl.d/99-z.conf': 'net.ipv4.ip_forward_use_pmtu=0\n' }, []],
  ])('%s', (_name, files, expected) => {
    const all = new Map([[SYSCTLS_FILE, 'net.ipv4.ip_forward = 1\n'], ...Object.entries(files)]);
    const found = overrulingAtBoot(all, { name: 'net.ipv4.ip_forward', value: '1' });
    expect(found.map((each) => `${each.value} ${each.path}`)).toEqual(expected);
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
