// The package's only face (and the only barrel): everything else in this folder is internal.
export type * from './types.ts';
export type * from './options.ts';
export { ApiError, ConnectionDestroyed, LeadershipLost, messageOf, PermanentError, TemporaryError } from './errors.ts';
export { scaledClock, systemClock } from './system-clock.ts';
export { BoundedOutput } from './client/bounded-output.ts';
export { connect } from './client/connection.ts';
export { sampledGauge } from './metric.ts';
export { createOperator } from './operator.ts';
export { ensureFinalizer, releaseFinalizer } from './reconcile/finalizers.ts';
