// Durations as `kubectl get` prints them: k8s.io/apimachinery pkg/util/duration, HumanDuration.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

type Step = {
  readonly below: number;
  readonly unit: number;
  readonly sign: string;
  readonly rest?: { unit: number; sign: string };
};

// Below the limit, so many units; the rest is printed only when there is one.
const STEPS: readonly Step[] = [
  { below: 2 * MINUTE, unit: 1, sign: 's' },
  { below: 10 * MINUTE, unit: MINUTE, sign: 'm', rest: { unit: 1, sign: 's' } },
  { below: 3 * HOUR, unit: MINUTE, sign: 'm' },
  { below: 8 * HOUR, unit: HOUR, sign: 'h', rest: { unit: MINUTE, sign: 'm' } },
  { below: 2 * DAY, unit: HOUR, sign: 'h' },
  { below: 8 * DAY, unit: DAY, sign: 'd', rest: { unit: HOUR, sign: 'h' } },
  { below: 2 * YEAR, unit: DAY, sign: 'd' },
  { below: 8 * YEAR, unit: YEAR, sign: 'y', rest: { unit: DAY, sign: 'd' } },
  { below: Infinity, unit: YEAR, sign: 'y' },
];

function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds <= 0) return '0s';
  const step = STEPS.find((candidate) => seconds < candidate.below);
  if (step === undefined) return '<invalid>';
  const whole = `${Math.floor(seconds / step.unit)}${step.sign}`;
  if (step.rest === undefined) return whole;
  const rest = Math.floor((seconds % step.unit) / step.rest.unit);
  return rest === 0 ? whole : `${whole}${rest}${step.rest.sign}`;
}

/** The time since an RFC 3339 timestamp. */
export function age(since: unknown, now: number): string {
  const start = typeof since === 'string' ? Date.parse(since) : Number.NaN;
  return Number.isNaN(start) ? '<unknown>' : humanDuration(now - start);
}
