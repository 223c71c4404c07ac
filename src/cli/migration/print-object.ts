// `-o json|yaml|name`: the object itself, as kubectl prints it.
import type { KubeObject, Resource } from 'kopf-ts';
import { stringify } from 'yaml';
import { harmless } from '../harmless.ts';
import type { ObjectOutput } from '../object-outputs.ts';

export type Machine = Exclude<ObjectOutput, 'table'>;

/** With a line break at the end. */
export function printObject(resource: Resource, object: KubeObject, output: Machine): string {
  if (output === 'name') return `${nameOf(resource, object)}\n`;
  return print(shown(object), output);
}

/** Of several: a List, as kubectl makes it; or their names. */
export function printObjects(resource: Resource, objects: readonly KubeObject[], output: Machine): string {
  if (output === 'name') return objects.map((object) => `${nameOf(resource, object)}\n`).join('');
  return print({ apiVersion: 'v1', kind: 'List', metadata: {}, items: objects.map(shown) }, output);
}

function nameOf({ kind, group }: Resource, { metadata }: KubeObject): string {
  return `${kind.toLowerCase()}.${group}/${metadata.name}`;
}

function shown(object: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function print(value: object, output: 'json' | 'yaml'): string {
  const safe = harmless(value);
  return output === 'json' ? `${JSON.stringify(safe, undefined, 2)}\n` : stringify(safe, { lineWidth: 0 });
}
