// What a command's exit code says. Scripts depend on these: they are never renumbered.

export const EXIT = {
  ready: 0,
  /** Wrong usage, no kubeconfig, no connection: nothing was found out. */
  failed: 1,
  blocked: 2,
  unknown: 3,
  /** 128 + SIGINT, as shells do it. */
  interrupted: 130,
} as const;
