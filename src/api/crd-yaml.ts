// The CustomResourceDefinitions as the files in crds/: what generate.ts writes and compares, and what tests and the simulator load.
import { stringify } from 'yaml';
import { customResourceDefinitions } from './crd.ts';
import { GROUP } from './names.ts';

export type CrdFile = { readonly name: string; readonly text: string };

/** `name` is the file's, for example proxymode.dev_nodemigrations.yaml. */
export function crdYaml(): readonly CrdFile[] {
  return customResourceDefinitions().map((definition) => ({
    name: `${GROUP}_${definition.metadata.name.split('.', 1)[0] ?? ''}.yaml`,
    text: `# Generated from src/api by \`npm run generate\`. Do not edit.\n${stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false })}`,
  }));
}
