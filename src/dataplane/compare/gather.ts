// The same fault on very many Services is one finding: a node whose KUBE-MARK-MASQ is gone has one fault, and not five thousand.
import { listed, type Finding } from './finding.ts';

const MANY = 10;

export function gather(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  const alone: Finding[] = [];
  for (const finding of findings) {
    const key = `${finding.id} ${finding.family}`;
    if (finding.service === undefined) alone.push(finding);
    else push(groups, key, finding);
  }
  return [...alone, ...[...groups.values()].flatMap((group) => (group.length < MANY ? group : together(group)))];
}

function together(group: readonly Finding[]): Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const services = [...new Set(group.flatMap(({ service }) => service ?? []))];
  const places = new Set(group.map(({ where }) => where));
  return [
    {
      ...first,
      service: undefined,
      where: places.size === 1 ? first.where : `${first.where} and ${places.size - 1} more`,
      what: `On ${services.length} Service ports (${listed(services)}) the same. ${first.what}`,
    },
  ];
}

function push(groups: Map<string, Finding[]>, key: string, finding: Finding): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [finding]);
  else group.push(finding);
}
