// Ending one piece of work for several reasons. `AbortSignal.any` keeps every derived signal reachable from its long-lived
// parents; this links by hand and unlinks when the work is over, so a process-long signal carries no dead listeners.

export type Link = { readonly signal: AbortSignal; abort(reason: unknown): void; [Symbol.dispose](): void };

/** A signal that fires with the first of `parents` to fire (with its reason), or on `abort`. Dispose it when the work is over. */
export function linkSignals(...parents: readonly (AbortSignal | undefined)[]): Link {
  const controller = new AbortController();
  const unlink: (() => void)[] = [];
  for (const parent of parents) {
    if (parent === undefined) continue;
    if (parent.aborted) controller.abort(parent.reason);
    const forward = (): void => controller.abort(parent.reason);
    parent.addEventListener('abort', forward, { once: true });
    unlink.push(() => parent.removeEventListener('abort', forward));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]: () => unlink.forEach((remove) => remove()),
  };
}

/** Resolves when the signal fires. Dispose it when nobody waits any longer. */
export function whenAborted(signal: AbortSignal): { readonly promise: Promise<void>; [Symbol.dispose](): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const fire = (): void => resolve();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', fire, { once: true });
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', fire) };
}
