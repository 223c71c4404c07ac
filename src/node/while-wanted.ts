// What several callers wait for together: a connection, a helper pod.
import { aborted } from './command.ts';

/** It goes on for the others when one caller has lost interest. */
export async function whileWanted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | { readonly kind: 'unreachable'; readonly message: string }> {
  if (signal === undefined) return work;
  const { promise, resolve } = Promise.withResolvers<{ kind: 'unreachable'; message: string }>();
  const onAbort = (): void => resolve({ kind: 'unreachable', message: aborted(signal) });
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
