// kube-proxy's flags: which file they name, which of them that file makes void, and what they say where there is no file.
import { readConfig } from './config-read.ts';
import type { ProxyConfig } from './config-read.ts';
import type { Problem } from './problem.ts';
import { textOf } from './systemd-words.ts';
import type { Word } from './systemd-words.ts';

/** Where a flag's value stands: in `word`, from character `start` on. */
export type FlagValue = { readonly word: Word; readonly start: number };

/**
 * `--name=value` or `--name value`; the last one wins, as in pflag. Underscores are hyphens (WordSepNormalizeFunc of
 * component-base/cli/flag). A bare `--name` at the end has no value.
 */
export function flagValue(args: readonly Word[], name: string): FlagValue | undefined {
  let found: FlagValue | undefined;
  for (const [index, word] of flagWords(args).entries()) {
    const text = textOf(word);
    const equals = text.indexOf('=');
    if (nameOf(text) !== name) continue;
    const next = args[index + 1];
    if (equals !== -1) found = { word, start: equals + 1 };
    else if (next !== undefined) found = { word: next, start: 0 };
  }
  return found;
}

/** The value's text; undefined when the flag is not there. */
export function flagText(args: readonly Word[], name: string): string | undefined {
  const found = flagValue(args, name);
  return found && textOf(found.word.slice(found.start));
}

/**
 * Flags that mean nothing beside --config (loadConfigFromFile replaces what they had set; cmd/kube-proxy/app/options.go):
 * all but --hostname-override, --master, what is not configuration, and those of logging.
 */
const VOID_BESIDE_FILE =
  /^--(?:proxy-mode|feature-gates|cluster-cidr|bind-address|bind-address-hard-fail|masquerade-all|nodeport-addresses|detect-local-mode|pod-bridge-interface|pod-interface-name-prefix|profiling|oom-score-adj|config-sync-period|kubeconfig|kube-api-.+|iptables-.+|ipvs-.+|nftables-.+|conntrack-.+|healthz-.+|metrics-.+|show-hidden-metrics-for-version|udp-timeout|resource-container|proxy-port-range)$/;

/** As written, `--proxy-mode=ipvs`; empty without --config. */
export function voidFlags(args: readonly Word[]): readonly string[] {
  if ((flagText(args, 'config') ?? '') === '') return [];
  return flagWords(args)
    .map(textOf)
    .filter((text) => VOID_BESIDE_FILE.test(`--${nameOf(text) ?? ''}`));
}

/** What a kube-proxy without --config reads from its flags, in the form of the file it stands for. */
export function configOfFlags(args: readonly Word[]): ProxyConfig | Problem {
  return readConfig(
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: flagText(args, 'proxy-mode') ?? '',
      metricsBindAddress: metricsAddress(args),
      featureGates: featureGates(flagText(args, 'feature-gates') ?? ''),
    }),
  );
}

/** --metrics-port, deprecated, counts where the address has no port (addressFromDeprecatedFlags). */
function metricsAddress(args: readonly Word[]): string {
  const address = flagText(args, 'metrics-bind-address') ?? '127.0.0.1';
  const port = flagText(args, 'metrics-port');
  if (port === undefined || /^[^:]*:\d+$|\]:\d+$/.test(address)) return address;
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}

function featureGates(text: string): Readonly<Record<string, boolean>> {
  const pairs = text.split(',').map((pair) => pair.trim().split('='));
  return Object.fromEntries(pairs.flatMap(([name = '', value = '']) => (name === '' ? [] : [[name, isTrue(value)]])));
}

/** strconv.ParseBool. */
function isTrue(value: string): boolean {
  return /^(?:1|t|true)$/i.test(value.trim());
}

function nameOf(text: string): string | undefined {
  return /^--([^=]+)/.exec(text)?.[1]?.replaceAll('_', '-');
}

/** Arguments up to a bare `--`, with which flags end. */
function flagWords(args: readonly Word[]): readonly Word[] {
  const end = args.findIndex((word) => textOf(word) === '--');
  return end === -1 ? args : args.slice(0, end);
}
