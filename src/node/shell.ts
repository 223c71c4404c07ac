// What the rest of the program knows of reaching a node: one command at a time, and results that are values. Two
// transports implement it with the same contract tests: a helper pod (exec) and SSH.

export type ShellCommand = {
  /** Program and arguments, never a line for a shell: no string a user or a node wrote is ever interpreted. */
  readonly argv: readonly [string, ...string[]];
  readonly stdin?: string;
  /** Milliseconds; default 30,000. */
  readonly timeout?: number;
  /** Bytes kept of stdout and of stderr each; default 1 MiB. More is read and dropped, and `truncated` says so. */
  readonly maxOutput?: number;
};

export type Exited = {
  readonly kind: 'exited';
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
};

export type ShellResult =
  | Exited
  /** It ran, and did not end in time. Whether it had an effect is not known. */
  | { readonly kind: 'timedOut'; readonly after: number; readonly stdout: string; readonly stderr: string }
  /** The node could not be reached, or the connection broke before an exit code came. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** Somebody said no: the API server, sshd, an unknown host key. Trying again will not help; a person has to act. */
  | { readonly kind: 'refused'; readonly message: string };

export type NodeShell = {
  readonly node: string;
  /** Where a file of the node is for `run`: `/host/etc/…` in a helper pod, `/etc/…` over SSH. */
  readonly pathOf: (hostPath: string) => string;
  /** Never throws for what a node, a network or an API server does: that is a result. */
  readonly run: (command: ShellCommand, signal?: AbortSignal) => Promise<ShellResult>;
  /** Leaves nothing behind: helper pod deleted, connection closed. May be called twice. */
  readonly close: () => Promise<void>;
};
