// Something that may be stopped and go on later: whoever passes waits while it is closed.

export type Gate = {
  readonly open: boolean;
  setOpen(open: boolean): void;
  /** Resolves once it is open, or when the signal fires. */
  pass(signal: AbortSignal): Promise<void>;
};

export function createGate(): Gate {
  let open = true;
  const waiting = new Set<() => void>();
  return {
    get open() {
      return open;
    },
    setOpen(next) {
      open = next;
      if (!open) return;
      for (const wake of waiting) wake();
      waiting.clear();
    },
    async pass(signal) {
      while (!open && !signal.aborted) await changed(waiting, signal);
    },
  };
}

async function changed(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  waiting.add(wake);
  signal.addEventListener('abort', wake, { once: true });
  await promise;
  waiting.delete(wake);
  signal.removeEventListener('abort', wake);
}
