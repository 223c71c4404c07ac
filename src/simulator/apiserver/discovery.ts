// Discovery: which groups, versions and resources there are, so that kubectl can turn `pmm` into a URL. Only the unaggregated
// form is spoken, which every client falls back to.
import { apiVersionOf, type Served } from './served.ts';

/** The release this server takes after. */
export const DEFAULT_VERSION = 'v1.36.3';

const WRITABLE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The document at a path, or undefined when there is none. `version` is what /version tells. */
export function discoveryDocument(path: string, served: readonly Served[], version: string): object | undefined {
  const [root, ...rest] = path.split('/').filter((part) => part !== '');
  switch (root) {
    case 'version':
      return rest.length === 0 ? versionDocument(version) : undefined;
    case 'api':
      return rest.length === 0 ? coreVersions() : resourceList(served, '', rest);
    case 'apis':
      return groupDocument(served, rest);
    default:
      return undefined;
  }
}

function versionDocument(gitVersion: string): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return { major, minor, gitVersion, gitTreeState: 'clean', platform: 'linux/amd64' };
}

function groupDocument(served: readonly Served[], [group, ...version]: readonly string[]): object | undefined {
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(served) };
  if (version.length === 0) return groups(served).find((candidate) => candidate.name === group);
  return resourceList(served, group, version);
}

function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

type Group = {
  readonly kind: 'APIGroup';
  readonly apiVersion: 'v1';
  readonly name: string;
  readonly versions: object[];
  readonly preferredVersion: object;
};

function groups(served: readonly Served[]): readonly Group[] {
  const names = [...new Set(served.map(({ resource }) => resource.group))].filter((name) => name !== '').toSorted();
  return names.map((name) => {
    const versions = [
      ...new Set(served.filter(({ resource }) => resource.group === name).map(({ resource }) => resource.version)),
    ];
    const offered = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { kind: 'APIGroup', apiVersion: 'v1', name, versions: offered, preferredVersion: offered[0] ?? {} };
  });
}

function resourceList(
  all: readonly Served[],
  group: string,
  [version = '', ...rest]: readonly string[],
): object | undefined {
  if (rest.length > 0) return undefined;
  const served = all.filter(({ resource }) => resource.group === group && resource.version === version);
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap(entries),
  };
}

function entries({ resource, singular, shortNames, categories, status }: Served): readonly object[] {
  const { plural, kind, namespaced } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: WRITABLE,
    shortNames,
    categories,
    storageVersionHash: '',
  };
  const sub = (name: string, verbs: readonly string[]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs,
  });
  const pod = plural === 'pods' ? [sub('log', ['get']), sub('portforward', ['create', 'get'])] : [];
  return [main, ...(status ? [sub('status', ['get', 'patch', 'update'])] : []), ...pod];
}
