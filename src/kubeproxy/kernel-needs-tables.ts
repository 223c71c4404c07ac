// The modules of modes iptables and nftables.
import type { IpFamily, KernelNeedsInput, ModuleNeed } from './kernel-needs.ts';

const TABLES = ['filter', 'nat', 'mangle'] as const;

/**
 * kube-proxy writes the tables filter, nat and (its canary) mangle; raw it leaves alone. With iptables-nft the same tables
 * are nf_tables chains with nft_compat for the matches. When the flavour is not known, either set serves.
 * The kernel loads them when iptables is first called, where modprobe works for it.
 */
export function iptablesModules(
  families: readonly IpFamily[],
  flavour: KernelNeedsInput['iptablesFlavour'],
): readonly ModuleNeed[] {
  if (flavour === 'nft') return [NF_TABLES_FOR_IPTABLES, ...['nft_compat', 'nft_chain_nat'].map(behindIptablesNft)];
  if (flavour === 'legacy') return families.flatMap(legacyTables);
  return families.map((family) => ({
    ...legacyBase(family),
    anyOf: [prefixOf(family).core, 'nf_tables'],
    why: `iptables rules for ${family} live in it, or in nf_tables where iptables is the nft variant`,
  }));
}

/**
 * kube-proxy needs no more of nf_tables than this: base chains of type nat, dnat and masquerade, vmaps by random number,
 * conntrack state, reject, and fib. Without fib it starts and then every sync fails (siderolabs/pkgs#951).
 */
export function nftablesModules(families: readonly IpFamily[]): readonly ModuleNeed[] {
  const perFamily = families.flatMap((family) => [
    nftModule(
      `nft_fib_${family.toLowerCase()}`,
      `${family}: node ports are recognised by fib, and without it every sync fails`,
    ),
    nftModule(`nft_reject_${family.toLowerCase()}`, `${family}: Services without endpoints are answered with a reject`),
  ]);
  return [
    nftModule('nf_tables', 'the rules live in it'),
    nftModule('nft_chain_nat', 'chains of type nat'),
    nftModule('nft_nat', 'translation to an endpoint'),
    nftModule('nft_masq', 'masquerading'),
    nftModule('nft_ct', 'matches on connection state'),
    nftModule('nft_numgen', 'the choice of an endpoint by a random number'),
    nftModule('nft_fib', 'fib expressions'),
    ...perFamily,
  ];
}

function nftModule(name: string, why: string): ModuleNeed {
  return {
    name,
    anyOf: [name],
    need: 'required',
    loadedOnUse: true,
    why,
    source: 'pkg/proxy/nftables/proxier.go; siderolabs/pkgs#951',
  };
}

const IPTABLES_SOURCE = 'pkg/proxy/iptables/proxier.go; pkg/util/iptables';

const NF_TABLES_FOR_IPTABLES: ModuleNeed = {
  name: 'nf_tables',
  anyOf: ['nf_tables'],
  need: 'required',
  loadedOnUse: true,
  why: 'iptables is the nft variant here: its rules live in nf_tables',
  source: IPTABLES_SOURCE,
};

function behindIptablesNft(name: string): ModuleNeed {
  return {
    ...NF_TABLES_FOR_IPTABLES,
    name,
    anyOf: [name],
    why: 'iptables is the nft variant here and works through it',
  };
}

function prefixOf(family: IpFamily): { readonly core: string; readonly table: string } {
  return family === 'IPv4' ? { core: 'ip_tables', table: 'iptable_' } : { core: 'ip6_tables', table: 'ip6table_' };
}

function legacyBase(family: IpFamily): ModuleNeed {
  const { core } = prefixOf(family);
  return {
    name: core,
    anyOf: [core],
    need: 'required',
    loadedOnUse: true,
    why: `iptables rules for ${family} live in it`,
    source: IPTABLES_SOURCE,
  };
}

function legacyTables(family: IpFamily): readonly ModuleNeed[] {
  const { table } = prefixOf(family);
  return [
    legacyBase(family),
    ...TABLES.map((name) => ({
      ...legacyBase(family),
      name: table + name,
      anyOf: [table + name] as const,
      why: `kube-proxy writes the ${family} table ${name}`,
    })),
  ];
}
