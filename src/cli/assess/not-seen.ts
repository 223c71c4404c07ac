// What an assessment does not rest on, why, and how it can be seen. A green line is worth what was looked at.
import type { Snapshot } from '../../preflight/facts/snapshot.ts';
import type { Unseen } from '../../preflight/known.ts';
import type { NotSeen } from './assessment.ts';
import type { Asked } from './ask-nodes.ts';

const FORBIDDEN = ' is forbidden';

export function notSeen(snapshot: Snapshot, asked: Asked): readonly NotSeen[] {
  return [...unlisted(snapshot), ...asked.unheard, UNPROBED];
}

const UNPROBED: NotSeen = {
  what: 'the nodes themselves: kernel modules, sysctls, nft, rules of others',
  why: 'assess only reads the API and starts no pod',
  remedy:
    'Apply a ProxyModeMigration with spec.dryRun: true. The operator looks at each node, reports, and changes nothing.',
};

function unlisted({ custom, configMaps, ...rest }: Snapshot): readonly NotSeen[] {
  const facts = [
    rest.serverVersion,
    ...Object.values(rest).filter(isFact),
    ...Object.values(custom),
    ...Object.values(configMaps),
  ];
  const reasons = [...new Set(facts.filter((fact) => !fact.known).map(({ why }) => why))];
  const forbidden = reasons.filter((why) => why.endsWith(FORBIDDEN)).map((why) => why.slice(0, -FORBIDDEN.length));
  const others = reasons.filter((why) => !why.endsWith(FORBIDDEN));
  return [
    ...forbiddenOnes(forbidden),
    ...others.map((why) => ({
      what: subject(why),
      why,
      remedy: 'Run the command again; if it stays so, ask who runs the API server.',
    })),
  ];
}

/** One entry for all: with few rights these are many, and the remedy is the same. */
function forbiddenOnes(doings: readonly string[]): readonly NotSeen[] {
  if (doings.length === 0) return [];
  const what = doings.map((doing) => doing.replace(/^(?:listing|reading) /, '')).join(', ');
  const lists = doings.flatMap((doing) => /^listing (.*)$/.exec(doing)?.[1] ?? []);
  const rules = lists.length > 0 ? `list ${lists.join(',')}` : 'get configmaps';
  return [
    {
      what,
      why: 'your user may not read them',
      remedy: `Use a user that may ${rules}, for example one with the ClusterRole view and rights to list what is cluster-wide.`,
    },
  ];
}

function subject(why: string): string {
  return /^(?:listing|reading) (?:the )?(ConfigMap \S+|\S+)/.exec(why)?.[1] ?? why;
}

function isFact(value: object): value is Unseen | { readonly known: true; readonly value: unknown } {
  return 'known' in value;
}
