// A configuration that cannot be read, or that says less than its author thinks: kube-proxy decodes it strictly, fails, decodes it
// leniently, and drops what it does not know with one line in its log.
import { openConfig } from '../../kubeproxy/config-source.ts';
import { readConfig } from '../../kubeproxy/config-read.ts';
import { lineOf } from '../../kubeproxy/yaml-source.ts';
import type { Source } from '../../kubeproxy/yaml-source.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { isOlder } from '../facts/image.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { RuleVerdict } from '../finding.ts';
import type { ClusterRule, Hit, Outcome } from '../rule.ts';
import { strayFields } from './shared-config-schema.ts';
import type { StrayField } from './shared-config-schema.ts';
import { editConfigMap } from './shared-kube-proxy.ts';

export const configUnparsable: ClusterRule = {
  id: 'config-unparsable',
  section: 1,
  scope: 'cluster',
  title: "kube-proxy's configuration cannot be read, or has fields kube-proxy drops",
  verdicts: everyMode(['block', 'warn']),
  source:
    'cmd/kube-proxy/app/options.go, loadConfig: strict decoding, then lenient; staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.kubeProxy.place], (place) => {
      const { configText } = cluster.kubeProxy;
      // That there is no text to be read is a matter of kube-proxy-not-a-pod and config-file-key.
      if (place.kind !== 'daemonSet' && !configText.known) return undefined;
      const edit = place.kind === 'daemonSet' ? editConfigMap(place) : "edit the file kube-proxy's --config names";
      return given([configText], (text) => judge(text, cluster, edit));
    }),
};

function judge(text: string, cluster: ClusterFacts, edit: string): Outcome {
  const source = openConfig(text);
  if (source.kind === 'problem') return { message: sentence(source.message), fix: edit };
  const read = readConfig(text);
  if (read.kind === 'problem') return { message: sentence(read.message), fix: edit };
  const stray = strayFields(source.value);
  if (stray.length === 0) return undefined;
  return { verdict: verdictOn(stray, cluster), ...inWords(stray, source, edit) };
}

/**
 * A field in the wrong place or in other letters is a mistake under any version. One of an unknown name is one, too, unless this
 * kube-proxy is newer than the list of fields here.
 */
function verdictOn(stray: readonly StrayField[], { kubeProxy }: ClusterFacts): RuleVerdict {
  const version = valueOr(kubeProxy.version, undefined)?.parsed;
  const mayBeNew = version !== undefined && !isOlder(version, 1, 38) && stray.every(({ meant }) => meant.length === 0);
  return mayBeNew ? 'warn' : 'block';
}

function inWords(stray: readonly StrayField[], source: Source, edit: string): Hit {
  const where = ({ path }: StrayField): string => `\`${path}\` (line ${lineOf(source, path.split('.')) ?? '?'})`;
  const correction = (field: StrayField): string => {
    const [meant] = field.meant;
    return `# ${where(field)}: ${meant === undefined ? 'no such field is known; correct or remove it' : `write it as \`${meant}\``}`;
  };
  const fields = stray.map(where).join(', ');
  return {
    message: `The configuration has ${fields}, which kube-proxy does not know: it drops ${stray.length === 1 ? 'the field' : 'these fields'} with one line in its log and runs without.`,
    fix: [edit, ...stray.map(correction)].join('\n'),
  };
}

/** What the YAML parser says has no full stop. */
function sentence(message: string): string {
  return message.replace(/[.\s]*$/, '.');
}
