// Findings of single nodes, put together: the same words for all nodes they are true of, and how many nodes of which group.
import type { ProxyMode } from '../../api/fields.ts';
import type { Finding } from '../../preflight/finding.ts';
import type { FindingGroup } from '../../preflight/report.ts';
import type { Rule } from '../../preflight/rule.ts';
import type { AssessedFinding, AssessedMessage, NodeGroup } from './assessment.ts';

/**
 * "node n1 was not asked" on two hundred nodes is one thing to say, not two hundred. Names of nodes stay where a sentence is
 * about more than "node <its own name>".
 */
export function withoutOwnName(finding: Finding): Finding {
  const { node, message } = finding;
  if (node === undefined || !message.includes(`node ${node}`)) return finding;
  const own = new RegExp(`\\bnode ${node.replaceAll(/[^\w-]/g, String.raw`\$&`)}(?![\\w-]|\\.\\w)`, 'g');
  return { ...finding, message: message.replaceAll(own, 'the node') };
}

/** `target` is the mode that was asked about; the finding's own is the old mode on the way back. */
export function assessedFinding(
  group: FindingGroup,
  target: ProxyMode,
  { rules, groups }: { readonly rules: readonly Rule[]; readonly groups: readonly NodeGroup[] },
): AssessedFinding {
  const { rule, section, direction, verdict, blocking, acceptedBy, scope, source } = group;
  const title = rules.find(({ id }) => id === rule)?.title ?? rule;
  return {
    rule,
    section,
    target,
    direction,
    verdict,
    blocking,
    ...(acceptedBy === undefined ? {} : { acceptedBy }),
    scope,
    groups: hitsByGroup(group.nodes, groups),
    messages: group.messages.map((said) => assessedMessage(said, verdict === 'unknown' ? title : undefined)),
    source,
  };
}

function hitsByGroup(nodes: readonly string[], groups: readonly NodeGroup[]): AssessedFinding['groups'] {
  const hit = new Set(nodes);
  return groups.flatMap((group) => {
    const count = group.nodes.filter((name) => hit.has(name)).length;
    return count === 0 ? [] : [{ id: group.id, nodes: count }];
  });
}

/** `title` is that of an unknown's rule: the runner writes "Not known whether <title>: <what was not seen>." */
function assessedMessage(
  { message, fix, nodes }: FindingGroup['messages'][number],
  title: string | undefined,
): AssessedMessage {
  const start = `Not known whether ${title}: `;
  const because = title !== undefined && message.startsWith(start) ? message.slice(start.length, -1) : undefined;
  return {
    message,
    ...(because === undefined ? {} : { because }),
    ...(fix === undefined ? {} : { fix }),
    nodes,
  };
}
