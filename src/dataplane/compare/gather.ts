// The same fault on very many Services is one finding: a node whose KUBE-MARK-MASQ is gone has one fault, and not five thousand.
import { listed, type Finding } from './finding.ts';

const MANY = 10;

export function gather(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, (finding) => (finding.service === undefined ? finding : `${finding.id} ${finding.family}`));
  return [...groups.values()].flatMap((group) => (group.length < MANY ? group : [together(group)]));
}

function together(group: readonly [Finding, ...Finding[]] | readonly Finding[]): Finding {
  const first = group[0] as Finding;
  const services = [...new Set(group.flatMap(({ service }) => service ?? []))];
  return {
    ...first,
    service: undefined,
    where: [...new Set(group.map(({ where }) => where))].length === 1 ? first.where : `${first.where} and others`,
    what: `On ${services.length} Service ports (${listed(services)}) the same. ${first.what}`,
  };
}
