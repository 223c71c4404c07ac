// kube-ipvs0 and the ipsets of mode ipvs, compared whole: everything in them comes from a Service.
import { familyOf, type Family } from '../addresses.ts';
import type { Demand } from '../demand/demand.ts';
import { demandedSets, demandedVirtualAddresses } from '../demand/ipvs-objects.ts';
import type { IpSets } from '../rules/ipvs.ts';
import { IPVS_DEVICE, type NodeAddress } from '../rules/node-addresses.ts';
import { listed, RESYNC, type Finding } from './finding.ts';

export type SetDifference = {
  readonly family: Family;
  readonly name: string;
  /** The whole set is missing. */
  readonly absent: boolean;
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
};

export function deviceDifference(demand: Demand, addresses: readonly NodeAddress[], family: Family): SetDifference {
  const there = new Set(addresses.filter(({ device }) => device === IPVS_DEVICE).map(({ address }) => address));
  const due = demandedVirtualAddresses(demand, family);
  return {
    family,
    name: IPVS_DEVICE,
    absent: false,
    missing: [...due].filter((address) => !there.has(address)),
    // Every device has an address of its own in fe80::/10.
    surplus: [...there].filter(
      (address) => familyOf(address) === family && !due.has(address) && !address.startsWith('fe80:'),
    ),
  };
}

export function setDifferences(demand: Demand, { sets }: IpSets, family: Family): SetDifference[] {
  return [...demandedSets(demand, family)].map(([name, due]) => {
    const there = sets.get(name)?.elements;
    return {
      family,
      name,
      absent: there === undefined && due.size > 0,
      missing: [...due].filter((element) => there?.has(element) !== true),
      // Endpoints that are not ready keep their place in KUBE-LOOP-BACK; it says only who may be masqueraded towards itself.
      surplus: name.endsWith('LOOP-BACK') ? [] : [...(there ?? [])].filter((element) => !due.has(element)),
    };
  });
}

export function deviceFindings({ family, missing, surplus }: SetDifference): Finding[] {
  const common = { service: undefined, family, where: IPVS_DEVICE, fix: RESYNC, severity: 'error' } as const;
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push({
      ...common,
      kind: 'missing',
      id: 'device-address-missing',
      what: `${listed(missing)} is not on ${IPVS_DEVICE}: what pods send there is routed away instead of being served.`,
    });
  if (surplus.length > 0)
    findings.push({
      ...common,
      kind: 'surplus',
      id: 'device-address-surplus',
      what: `${listed(surplus)} is on ${IPVS_DEVICE}, and no Service has it: the node keeps for itself what is meant for that address.`,
    });
  return findings;
}

export function setFindings({ family, name, absent, missing, surplus }: SetDifference): Finding[] {
  const common = { service: undefined, family, where: `ipset ${name}`, fix: RESYNC } as const;
  const lacks = { ...common, kind: 'missing', severity: 'error' } as const;
  if (absent) return [{ ...lacks, id: 'set-missing', what: `The set ${name} is not there.` }];
  const findings: Finding[] = [];
  if (missing.length > 0) findings.push({ ...lacks, id: 'element-missing', what: `${name} lacks ${listed(missing)}.` });
  if (surplus.length > 0)
    findings.push({
      ...common,
      kind: 'surplus',
      id: 'element-surplus',
      severity: 'warning',
      what: `${name} has ${listed(surplus)}, which no Service calls for.`,
    });
  return findings;
}
