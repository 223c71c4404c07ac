// Epoch milliseconds to and from the API's RFC 3339 strings. The clock itself always comes in as an argument.

export function iso(milliseconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(milliseconds)).toString();
}

export function epoch(timestamp: string): number {
  return Temporal.Instant.from(timestamp).epochMilliseconds;
}
