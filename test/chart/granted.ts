// The rights the chart gives, read off what it was last rendered to (golden/): that it still renders that is for chart.test.ts to
// say. So the lab, the VM and the simulator have one source, and need no helm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './render.ts';

/** Of the chart's README: the same names as in shapes.ts. */
export type Shape = 'assess-only' | 'api-only' | 'helper-pods' | 'ssh';

/** One verb on one resource. */
export type Right = {
  readonly verb: string;
  readonly group: string;
  /** The plural; `pods/log` with a subresource. */
  readonly resource: string;
  /** Everywhere when undefined. */
  readonly namespace: string | undefined;
  /** Of any name when undefined. */
  readonly names: readonly string[] | undefined;
  /** The role that gives it. */
  readonly role: string;
};

/** What is asked of the API server, as RBAC sees it. */
export type Question = Pick<Right, 'verb' | 'group' | 'resource' | 'namespace'> & {
  readonly name: string | undefined;
};

/** The role of what the preflight reads: without it, an operator says what it has not seen, and goes on. */
export const READING = 'proxymode-read';
/** The name and the namespace of the release in golden/. */
const RELEASE = 'proxymode';

type Binding = Manifest & {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
};

/** Of the operator, installed in this namespace, or of another account there: what the roles say that it is bound to. */
export function rightsOf(shape: Shape, namespace: string, account: string = RELEASE): readonly Right[] {
  const manifests = rendered(shape);
  return manifests.filter(binding(account)).flatMap(({ metadata, roleRef }) => {
    const isMeant = (one: Manifest): boolean =>
      one.kind === roleRef.kind && one.metadata.name === roleRef.name && one.metadata.namespace === metadata.namespace;
    const role = manifests.find(isMeant);
    if (role === undefined) throw new Error(`${shape}: ${metadata.name} binds a role that is not there`);
    const where = metadata.namespace === RELEASE ? namespace : metadata.namespace;
    return rightsIn(role, where);
  });
}

function rendered(shape: Shape): readonly Manifest[] {
  const text = readFileSync(join(import.meta.dirname, 'golden', `${shape}.yaml`), 'utf8');
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

function binding(account: string): (manifest: Manifest & Partial<Binding>) => manifest is Binding {
  return (manifest): manifest is Binding => {
    const { roleRef, subjects = [] } = manifest;
    return roleRef !== undefined && subjects.some(({ name, namespace }) => name === account && namespace === RELEASE);
  };
}

function rightsIn({ metadata, rules = [] }: Manifest, namespace: string | undefined): readonly Right[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames: names, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => ({ verb, group, resource, namespace, names, role: metadata.name })),
      ),
    ),
  );
}

/** As RBAC decides: a right to objects of certain names allows nothing that names none. */
export function allows(right: Right, asked: Question): boolean {
  return (
    right.verb === asked.verb &&
    right.group === asked.group &&
    right.resource === asked.resource &&
    (right.namespace === undefined || right.namespace === asked.namespace) &&
    (right.names === undefined || (asked.name !== undefined && right.names.includes(asked.name)))
  );
}

/** As a person would say it: `get configmaps kube-proxy in kube-system`. */
export function inWords({ verb, group, resource, namespace, names }: Right): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  return [verb, what, ...(names ?? []), `in ${namespace ?? 'the cluster'}`].join(' ');
}
