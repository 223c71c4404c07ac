// The scenarios. Each is played on the simulator (simulator.test.ts) and on the real lab (test/lab/scenarios.test.ts and stories.test.ts),
// word for word the same, so that the simulator cannot drift from the truth.
import { ASSIST } from './plays/assist.ts';
import { KUBECTL } from './plays/kubectl.ts';
import { NODE_STORIES } from './plays/nodes.ts';
import { PEOPLE } from './plays/people.ts';
import { PREFLIGHT } from './plays/preflight.ts';
import { REFUSALS } from './plays/refusals.ts';
import { ROLLOUT } from './plays/rollout.ts';
import type { Scenario } from './stage.ts';

/** What people mean to do. */
export const ROADS: readonly Scenario[] = [...ROLLOUT, ...PEOPLE, ...PREFLIGHT, ...KUBECTL];
/** What happens to them: others, refusals, nodes. */
export const STORIES: readonly Scenario[] = [...ASSIST, ...REFUSALS, ...NODE_STORIES];

export const SCENARIOS: readonly Scenario[] = [...ROADS, ...STORIES];
