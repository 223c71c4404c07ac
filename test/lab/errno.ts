// Which error of the system it is: ENOENT, ESRCH, EBUSY, …

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
