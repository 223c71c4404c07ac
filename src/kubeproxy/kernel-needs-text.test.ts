import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { kernelCommands, upstreamKernelChange } from './kernel-needs-text.ts';

const WISH = {
  modules: ['ip_vs', 'ip_vs_rr'],
  sysctls: [
    { name: 'net.ipv4.ip_forward', value: '1' },
    { name: 'net.ipv4.ip_local_port_range', value: '1024 65535' },
  ],
};

it('says by which commands a node is made ready', () => {
  expect(kernelCommands(WISH, { persist: false })).toEqual([
    'modprobe -a ip_vs ip_vs_rr',
    "sysctl -w net.ipv4.ip_forward=1 'net.ipv4.ip_local_port_range=1024 65535'",
  ]);
});

it('says how a reboot changes nothing', () => {
  expect(kernelCommands(WISH, { persist: true }).slice(2)).toEqual([
    "printf '%s\\n' ip_vs ip_vs_rr >> /etc/modules-load.d/kube-proxy.conf",
    "printf '%s\\n' net.ipv4.ip_forward=1 'net.ipv4.ip_local_port_range=1024 65535' >> /etc/sysctl.d/99-kube-proxy.conf",
  ]);
});

it('has nothing to say where nothing is to be done', () => {
  expect(kernelCommands({ modules: [], sysctls: [] }, { persist: true })).toEqual([]);
});

it('gives Talos a machine configuration', () => {
  expect(parse(upstreamKernelChange('Talos', WISH))).toEqual({
    machine: {
      kernel: { modules: [{ name: 'ip_vs' }, { name: 'ip_vs_rr' }] },
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv4.ip_local_port_range': '1024 65535' },
    },
  });
  expect(parse(upstreamKernelChange('Talos', { ...WISH, sysctls: [] }))).toEqual({
    machine: { kernel: { modules: [{ name: 'ip_vs' }, { name: 'ip_vs_rr' }] } },
  });
});

it('gives Bottlerocket settings', () => {
  expect(upstreamKernelChange('Bottlerocket', { modules: ['ip_vs'], sysctls: WISH.sysctls.slice(0, 1) })).toBe(
    `# in the user data, or by apiclient apply
[settings.kernel.modules.ip_vs]
allowed = true
autoload = true

[settings.kernel.sysctl]
"net.ipv4.ip_forward" = "1"
`,
  );
});

it('gives Flatcar a Butane configuration', () => {
  // Butane reads modes as YAML 1.1 does: with a leading zero they are octal.
  expect(parse(upstreamKernelChange('Flatcar', WISH), { version: '1.1' })).toEqual({
    variant: 'flatcar',
    version: '1.0.0',
    storage: {
      files: [
        { path: '/etc/modules-load.d/kube-proxy.conf', mode: 0o644, contents: { inline: 'ip_vs\nip_vs_rr\n' } },
        {
          path: '/etc/sysctl.d/99-kube-proxy.conf',
          mode: 0o644,
          contents: { inline: 'net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 1024 65535\n' },
        },
      ],
    },
  });
});
