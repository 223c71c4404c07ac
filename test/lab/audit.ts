// What operators ask of the API server, as it writes that down itself: its audit log, of nobody but their service accounts.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Question } from '../chart/granted.ts';
import { OPERATOR_NAMESPACE } from './operator-user.ts';
import { paths, type Place } from './place.ts';

/** A request and whether it was allowed. */
export type Audited = Question & { readonly decision: 'allow' | 'forbid' };

type Event = {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
};

const logOf = (state: string): string => join(paths.logs({ id: '', state }), 'audit.log');

/** Makes the policy they name. */
export function auditFlags({ state }: Pick<Place, 'state'>): readonly string[] {
  const userGroups = [`system:serviceaccounts:${OPERATOR_NAMESPACE}`];
  const rules = [{ level: 'Metadata', userGroups, omitStages: ['RequestReceived'] }, { level: 'None' }];
  const policy = join(state, 'audit-policy.json');
  writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return [`--audit-policy-file=${policy}`, `--audit-log-path=${logOf(state)}`];
}

/** By this user since the lab was brought up, what is about objects; see userName in operator-user.ts. */
export function auditedOf(state: string, user: string): readonly Audited[] {
  const log = logOf(state);
  if (!existsSync(log)) throw new Error(`${log} is not there: was the lab brought up by an earlier version?`);
  const events = readFileSync(log, 'utf8')
    .split('\n')
    // the last line may be half written
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Event);
  return events.flatMap(({ verb, user: { username }, objectRef, annotations }) =>
    username === user && objectRef !== undefined ? [audited(verb, objectRef, annotations)] : [],
  );
}

function audited(verb: string, of: NonNullable<Event['objectRef']>, annotations: Event['annotations']): Audited {
  return {
    verb,
    group: of.apiGroup ?? '',
    resource: of.subresource === undefined ? of.resource : `${of.resource}/${of.subresource}`,
    namespace: of.namespace,
    name: of.name,
    decision: annotations?.['authorization.k8s.io/decision'] === 'allow' ? 'allow' : 'forbid',
  };
}
