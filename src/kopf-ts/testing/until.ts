// Waiting for a condition in tests that involve real sockets: no fixed sleeps, a generous limit, a message that helps.

const LIMIT = 5000;

export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`did not come true within ${LIMIT} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
