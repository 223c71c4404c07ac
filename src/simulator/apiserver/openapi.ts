// OpenAPI v3, as much as kubectl needs: that PATCH takes `fieldValidation` (so that plain `kubectl apply` lets the server
// validate) and the schemas of custom resources (for `kubectl explain`). Built-in kinds are named without their fields.
import { apiVersionOf, type Served } from './served.ts';
import type { Schema } from './schema.ts';

export function openApiDocument(path: string, served: readonly Served[]): object | undefined {
  const prefix = '/openapi/v3';
  if (path === prefix || path === `${prefix}/`) return index(served);
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const root = path.slice(prefix.length + 1);
  const inVersion = served.filter(({ resource }) => rootOf(resource) === root);
  return inVersion.length === 0 ? undefined : document(inVersion);
}

function rootOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function index(served: readonly Served[]): object {
  const roots = [...new Set(served.map(({ resource }) => rootOf(resource)))];
  return { paths: Object.fromEntries(roots.map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])) };
}

function document(served: readonly Served[]): object {
  const paths = served.map(({ resource }) => [
    `/${rootOf(resource)}/${scope(resource)}${resource.plural}/{name}`,
    operations(resource),
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.3' },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(served.map((entry) => [schemaName(entry), schemaOf(entry)])) },
  };
}

function scope({ namespaced }: Served['resource']): string {
  return namespaced ? 'namespaces/{namespace}/' : '';
}

function operations(resource: Served['resource']): object {
  const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  }));
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    parameters,
    responses: {},
  });
  return { get: operation('get'), put: operation('put'), patch: operation('patch'), delete: operation('delete') };
}

function schemaName({ resource }: Served): string {
  const group = resource.group === '' ? 'io.k8s.api.core' : resource.group.split('.').toReversed().join('.');
  return `${group}.${resource.version}.${resource.kind}`;
}

function schemaOf({ resource, custom, schema }: Served): object {
  const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
  const known: Schema = custom ? schema : { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    ...known,
    description: known.description ?? `${resource.kind} (${apiVersionOf(resource)})`,
    'x-kubernetes-group-version-kind': [gvk],
  };
}
