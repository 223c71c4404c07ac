// Why a kube-proxy ended, in its own words: what goes into evidence.lastWords and into the message of a failed node.
import { readLog } from './klog.ts';
import type { LogLine } from './klog.ts';

export type LastWords = {
  /** One line, without klog's header; at most 1000 characters. */
  readonly line: string;
  /** It says something that does not heal by itself on this node: waiting longer is of no use. */
  readonly fatal: boolean;
};

const MAX_LOG_CHARS = 262_144;
const MAX_LINE_CHARS = 1000;

/** Ends of `Run()` and of the command (cmd/kube-proxy/app/server.go; component-base/cli/run.go). */
const ENDINGS: ReadonlySet<string> = new Set(['Error running ProxyServer', 'command failed']);

/**
 * server_linux.go (ipvs, iptables, IP family, kernel), knftables (nft binary and its version), options.go (validation). All are read
 * only from a line with which the process ends: up to 1.25 the same troubles were logged and survived.
 */
const FATAL: readonly RegExp[] = [
  /can't use the IPVS proxier/i,
  /could not find nftables binary/,
  /nft version must be/,
  /requires kernel/,
  /failed validate/,
  /no support for primary IP family/,
  /iptables is not available/,
];

/**
 * Errors that every start writes and survives: a first nftables sync finds no table yet; and that of a kube-proxy on trial, which may
 * write no events.
 */
const HARMLESS =
  /configuration may be incomplete or incorrect|oom_score_adj|OOMScoreAdj|Failed to list existing nftables objects|Server rejected event/;

/** `log` is the tail of one container's log, oldest line first. undefined when it holds no text. Never throws. */
export function lastWords(log: string): LastWords | undefined {
  const lines = readLog(log.slice(-MAX_LOG_CHARS));
  const ending = lines.findLast(isEnding);
  const picked = ending ?? lines.findLast(isError) ?? lines.findLast(isForeign) ?? lines.at(-1);
  if (picked === undefined) return undefined;
  const line = wordsOf(picked).slice(0, MAX_LINE_CHARS);
  return { line, fatal: ending !== undefined && FATAL.some((pattern) => pattern.test(line)) };
}

function isEnding(line: LogLine): boolean {
  return line.level === 'fatal' || ENDINGS.has(line.message) || /^(panic: |Error: |error: )/.test(line.message);
}

function isError(line: LogLine): boolean {
  return line.level === 'error' && !HARMLESS.test(`${line.message} ${line.error}`);
}

/** Not klog's format: the loader, the shell or a library speaks, which it rarely does without need. */
function isForeign(line: LogLine): boolean {
  return line.level === 'unknown';
}

function wordsOf({ message, error }: LogLine): string {
  if (error === '') return message;
  return ENDINGS.has(message) ? error : `${message}: ${error}`;
}

/** The mode kube-proxy chose: `Using nftables Proxier`, with a dot up to about 1.22 (server_others.go, server_linux.go). */
export function modeFromLog(log: string): string | undefined {
  const found = [
    ...log.slice(-MAX_LOG_CHARS).matchAll(/\bUsing (iptables|ipvs|nftables|userspace|kernelspace) Proxier\b/gi),
  ];
  return found.at(-1)?.[1]?.toLowerCase();
}
