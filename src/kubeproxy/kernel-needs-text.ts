// What a person has to do so that a node's kernel is ready, where nothing may or can be changed by us: commands for an ordinary
// node, and the change to make in the configuration of systems whose files are not for editing.

export type KernelWish = {
  /** In the order in which they are to be loaded. */
  readonly modules: readonly string[];
  readonly sysctls: readonly { readonly name: string; readonly value: string }[];
};

/**
 * Commands for root on the node. With `persist`, also those by which a reboot changes nothing. The files are not ours (node/own-files.ts): what
 * a person has decided is not taken back by the undoing of a migration.
 */
export function kernelCommands(
  { modules, sysctls }: KernelWish,
  { persist }: { readonly persist: boolean },
): readonly string[] {
  const settings = sysctls.map(({ name, value }) => quoted(`${name}=${value}`));
  const some = (words: readonly string[], command: string): readonly string[] => (words.length === 0 ? [] : [command]);
  return [
    ...some(modules, `modprobe -a ${modules.join(' ')}`),
    ...some(settings, `sysctl -w ${settings.join(' ')}`),
    ...(persist ? some(modules, `${kept(modules)} >> /etc/modules-load.d/kube-proxy.conf`) : []),
    ...(persist ? some(settings, `${kept(settings)} >> /etc/sysctl.d/99-kube-proxy.conf`) : []),
  ];
}

function kept(words: readonly string[]): string {
  return `printf '%s\\n' ${words.join(' ')}`;
}

function quoted(word: string): string {
  return /^[A-Za-z0-9_.:=-]+$/.test(word) ? word : `'${word}'`;
}

export type ImmutableOs = 'Talos' | 'Bottlerocket' | 'Flatcar';

/**
 * The change in the system's own configuration, with the sentence that says where it goes. Sources: Talos `machine.kernel.modules`
 * and `machine.sysctls`; Bottlerocket `settings.kernel.modules` and `settings.kernel.sysctl`; Flatcar: Butane's `storage.files`.
 */
export function upstreamKernelChange(os: ImmutableOs, wish: KernelWish): string {
  switch (os) {
    case 'Talos':
      return `# in the machine configuration (talosctl patch machineconfig)\n${talos(wish)}`;
    case 'Bottlerocket':
      return `# in the user data, or by apiclient apply\n${bottlerocket(wish)}`;
    case 'Flatcar':
      return `# in the Butane configuration the nodes are made from\n${flatcar(wish)}`;
  }
}

function talos({ modules, sysctls }: KernelWish): string {
  const kernel =
    modules.length === 0 ? [] : ['  kernel:', '    modules:', ...modules.map((name) => `      - name: ${name}`)];
  const settings =
    sysctls.length === 0 ? [] : ['  sysctls:', ...sysctls.map(({ name, value }) => `    ${name}: "${value}"`)];
  return lines(['machine:', ...kernel, ...settings]);
}

function bottlerocket({ modules, sysctls }: KernelWish): string {
  const kernel = modules.flatMap((name) => [
    `[settings.kernel.modules.${name}]`,
    'allowed = true',
    'autoload = true',
    '',
  ]);
  const settings =
    sysctls.length === 0
      ? []
      : ['[settings.kernel.sysctl]', ...sysctls.map(({ name, value }) => `"${name}" = "${value}"`)];
  return lines([...kernel, ...settings]);
}

function flatcar({ modules, sysctls }: KernelWish): string {
  const files = [
    { path: '/etc/modules-load.d/kube-proxy.conf', text: modules },
    { path: '/etc/sysctl.d/99-kube-proxy.conf', text: sysctls.map(({ name, value }) => `${name} = ${value}`) },
  ].filter(({ text }) => text.length > 0);
  return lines([
    'variant: flatcar',
    'version: 1.0.0',
    'storage:',
    '  files:',
    ...files.flatMap(({ path, text }) => [
      `    - path: ${path}`,
      '      mode: 0644',
      '      contents:',
      '        inline: |',
      ...text.map((line) => `          ${line}`),
    ]),
  ]);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n').trimEnd()}\n`;
}
