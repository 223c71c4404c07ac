// What stands between handlers and the API server: nothing is written unless this process may act.

export type Fence = {
  /** Throws (LeadershipLost) unless writing is allowed at this moment. */
  check(): void;
  /** Fires when it is no longer allowed; writes in flight are aborted. */
  readonly signal: AbortSignal;
};
