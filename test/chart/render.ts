// The chart as `helm template` renders it.
import { parseAllDocuments } from 'yaml';
import { CHART, helm } from '../lab/helm.ts';

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
};

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** Rejects with helm's own words. */
export async function renderText(sets: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await template(sets);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

export async function render(...sets: readonly string[]): Promise<readonly Manifest[]> {
  return parseAllDocuments(await renderText(sets))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** What helm says against these values. */
export async function refusal(...sets: readonly string[]): Promise<string> {
  const { stderr, code } = await template(sets);
  return code === 0 ? 'helm has nothing against them' : stderr;
}

/** What a person reads after `helm install`. */
export async function notes(sets: readonly string[]): Promise<string> {
  const flags = sets.flatMap((set) => ['--set', set]);
  const install = ['install', 'proxymode', CHART, '--namespace=proxymode', '--dry-run=client', ...flags];
  const { stdout, stderr, code } = await helm(install);
  if (code !== 0) throw new Error(stderr);
  return stdout.split(/^NOTES:$/m)[1] ?? '';
}

function template(sets: readonly string[]) {
  const flags = sets.flatMap((set) => ['--set', set]);
  return helm(['template', 'proxymode', CHART, '--namespace=proxymode', '--kube-version=1.36.0', ...flags]);
}
