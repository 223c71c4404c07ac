// /proc/modules: which modules are loaded, who holds them, and which of ours could go again. Pure.

export type LoadedModule = {
  readonly name: string;
  /** How often it is held: by other modules, and by whoever else. */
  readonly references: number;
  readonly users: readonly string[];
  readonly permanent: boolean;
};

/** `nf_conntrack 172032 3 nf_nat,ip_vs,xt_conntrack, Live 0x…`; modules without users have a dash. */
export function parseProcModules(text: string): ReadonlyMap<string, LoadedModule> {
  const modules = text.split('\n').flatMap((line) => {
    const [name = '', , references = '', users = ''] = line.split(' ');
    if (name === '' || !/^[0-9]+$/.test(references)) return [];
    const all = users.split(',').filter((user) => user !== '' && user !== '-');
    const permanent = all.includes('[permanent]');
    return [{ name, references: Number(references), users: all.filter((user) => !user.startsWith('[')), permanent }];
  });
  return new Map(modules.map((module) => [module.name, module]));
}

/**
 * Modules that work without being counted as in use: packets are tracked and bridged packets filtered by them, and
 * kube-proxy does not start without the first one's sysctls. They stay.
 */
const STAY: ReadonlySet<string> = new Set(['nf_conntrack', 'nf_conntrack_ipv4', 'nf_conntrack_ipv6', 'br_netfilter']);

export type Unloading = {
  /** In this order `modprobe -r` takes nothing along but modules of ours. */
  readonly unload: readonly string[];
  readonly stay: readonly { readonly name: string; readonly why: string }[];
};

/**
 * @param ours modules that were not loaded before us, in the order they were loaded. `modprobe -r` also removes what a module depended on
 * and nobody holds any more; where that would take a module that is not ours, the module stays.
 */
export function planUnloading(ours: readonly string[], loaded: ReadonlyMap<string, LoadedModule>): Unloading {
  const left = new Map(loaded);
  const unload: string[] = [];
  const stay: { name: string; why: string }[] = [];
  for (const name of ours.toReversed()) {
    if (!left.has(name)) continue;
    const why = whyStays(name, left) ?? takesAlong(name, left, ours);
    if (why === undefined) {
      unload.push(name);
      remove(name, left);
    } else stay.push({ name, why });
  }
  return { unload, stay };
}

function whyStays(name: string, left: ReadonlyMap<string, LoadedModule>): string | undefined {
  const module = left.get(name);
  if (module === undefined) return undefined;
  if (STAY.has(name)) return 'whether it is needed cannot be seen';
  if (module.permanent) return 'it cannot be unloaded';
  return module.references > 0
    ? `it is in use${module.users.length > 0 ? ` by ${module.users.join(', ')}` : ''}`
    : undefined;
}

/** What would go with it besides modules of ours. */
function takesAlong(
  name: string,
  left: ReadonlyMap<string, LoadedModule>,
  ours: readonly string[],
): string | undefined {
  const after = new Map(left);
  const gone = remove(name, after);
  const foreign = gone.filter((other) => other !== name && (!ours.includes(other) || STAY.has(other)));
  return foreign.length > 0 ? `unloading it would unload ${foreign.join(', ')}, too` : undefined;
}

/** As `modprobe -r` does: the module, then everything only it was holding. Returns what went. */
function remove(name: string, left: Map<string, LoadedModule>): readonly string[] {
  left.delete(name);
  const gone = [name];
  for (const module of [...left.values()].filter(({ users }) => users.includes(name))) {
    const held = { ...module, users: module.users.filter((user) => user !== name), references: module.references - 1 };
    left.set(module.name, held);
    if (held.references <= 0 && !held.permanent) gone.push(...remove(module.name, left));
  }
  return gone;
}
