import { describe, expect, it } from 'vitest';
import { PROXY_MODES } from '../api/fields.ts';
import { IPVS_SCHEDULERS, kernelNeeds } from '../kubeproxy/kernel-needs.ts';
import { FEATURES, PROBED_MODULES, PROBED_SYSCTLS, probeCommands } from './probe-commands.ts';

const inPod = { pathOf: (path: string): string => `/host${path}`, kernelRelease: '6.1.0-31-amd64' };

describe('probeCommands', () => {
  it('asks for files of the host where they are', () => {
    const text = JSON.stringify(probeCommands(inPod));
    expect(text).toContain('/host/etc/os-release');
    expect(text).toContain('/host/lib/modules/6.1.0-31-amd64/modules.builtin');
    expect(JSON.stringify(probeCommands({ ...inPod, pathOf: (path) => path }))).not.toContain('/host');
  });

  it('takes no release into a path that is no file name', () => {
    for (const kernelRelease of ['../../etc', '6.1/../..', '$(reboot)', '', '-rf', 'a b']) {
      const ids = probeCommands({ ...inPod, kernelRelease }).map(({ id }) => id);
      expect(ids).not.toContain('modulesBuiltin');
      expect(ids).toContain('modprobe');
    }
  });

  it('has every id once, and scripts that are the same everywhere', () => {
    const commands = probeCommands(inPod);
    const elsewhere = probeCommands({ pathOf: (path) => `/other${path}`, kernelRelease: '5.15.0' });
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
    const scripts = (all: typeof commands): readonly string[] =>
      all.flatMap(({ argv }) => (argv[0] === 'sh' ? [argv[2] ?? ''] : []));
    expect(scripts(commands)).toEqual(scripts(elsewhere));
  });

  const inputs = PROXY_MODES.flatMap((mode) =>
    ['v1.22.0', 'v1.36.3'].flatMap((kubeProxyVersion) =>
      IPVS_SCHEDULERS.flatMap((scheduler) =>
        ['3.10.0', '6.1.0'].map((kernel) => ({ mode, kubeProxyVersion, scheduler, kernel })),
      ),
    ),
  );

  it('looks at every module and sysctl a mode may need', () => {
    const sysctls = PROBED_SYSCTLS.map((name) => name.replaceAll('/', '.'));
    for (const input of inputs) {
      const needs = kernelNeeds({ ...input, families: ['IPv4', 'IPv6'], bridgeCni: true });
      expect(PROBED_MODULES).toEqual(expect.arrayContaining(needs.modules.flatMap(({ anyOf }) => [...anyOf])));
      expect(sysctls).toEqual(expect.arrayContaining(needs.sysctls.map(({ name }) => name)));
    }
    expect(PROBED_MODULES).toEqual(expect.arrayContaining(FEATURES.map(({ module }) => module)));
  });
});
