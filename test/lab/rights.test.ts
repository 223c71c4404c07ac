// What a real API server says of the chart's rights. That each of them is needed is told on the simulator
// (test/chart/used-rights.test.ts); what is missed without those for pods and streams to them, here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allows, rightsOf, type Shape } from '../chart/granted.ts';
import { apply, gone, phase, remove, retry, stalled, UNSEEN } from '../scenarios/actions.ts';
import { configText, everywhere, modes, podUIDs } from '../scenarios/cluster.ts';
import type { Right, RunningOperator } from '../scenarios/stage.ts';
import { auditedOf, type Audited } from './audit.ts';
import { labStage, type LabStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';
import { OPERATOR_NAMESPACE, operatorUser, userName } from './operator-user.ts';

let lab: Lab;
let stage: LabStage;

beforeAll(async () => {
  lab = await labUp();
  stage = await labStage(lab);
}, 600_000);

afterAll(() => stage.close());

const own = { namespace: OPERATOR_NAMESPACE };
const system = { namespace: 'kube-system' };

type Missed = { readonly name: string; readonly operator: RunningOperator; readonly grant: () => Promise<void> };

/** Resolves when an operator that lacks the right has said so, and has changed nothing. */
async function missed(right: Right, reason: string): Promise<Missed> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  const name = `without-${right.verb}-${right.resource.replace('/', '-')}`;
  const { user, grant } = await stage.userWithout(right);
  const operator = await stage.startOperator({ user });
  await apply(stage, name, { mode: 'nftables' });
  const { message } = await stalled(stage, name, reason);
  // Of a stream that was refused, the operator says that it could not create it, whichever of the two verbs it lacks.
  expect(message).toMatch(new RegExp(`cannot (${right.verb}|create) ${right.resource} `));
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
  return { name, operator, grant };
}

describe('nothing is changed without the right to', () => {
  it.each<Right & { readonly reason: string }>([
    { verb: 'create', resource: 'pods', ...own, reason: 'Forbidden' },
    { verb: 'delete', resource: 'pods', ...own, reason: 'Forbidden' },
    { verb: 'deletecollection', resource: 'pods', ...own, reason: 'Forbidden' },
    // A command that could not be run is a node that was not seen, and the rules that need it say why.
    { verb: 'get', resource: 'pods/exec', ...own, reason: 'PreflightBlocked' },
    { verb: 'create', resource: 'pods/exec', ...own, reason: 'PreflightBlocked' },
    { verb: 'get', resource: 'pods/portforward', ...own, reason: 'Forbidden' },
    { verb: 'get', resource: 'pods/log', ...system, reason: 'Forbidden' },
  ])('$verb $resource in $namespace', async ({ reason, ...right }) => {
    const { name, operator } = await missed(right, reason);
    expect(operator.running).toBe(true);
    await remove(stage, name);
    await gone(stage, name);
    await operator.stop();
  });

  it('delete pods in kube-system, and it goes on once it has it', async () => {
    const { name, grant } = await missed({ verb: 'delete', resource: 'pods', ...system }, 'Forbidden');
    await grant();
    await retry(stage, name);
    await phase(stage, name, ['Succeeded']);
    expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
  });
});

describe('from the beginning to the end nothing is refused, and nothing allowed that is not the chart’s to allow:', () => {
  it.each<[Shape, object]>([
    ['api-only', { nodeAccess: { type: 'None' }, preflight: UNSEEN.preflight }],
    ['helper-pods', {}],
  ])('%s', async (shape, spec) => {
    await stage.close();
    stage = await labStage(lab);
    const rights = rightsOf(shape, OPERATOR_NAMESPACE);
    const audited = (): readonly Audited[] => auditedOf(lab.state, userName(shape));
    const user = await operatorUser(lab, shape);
    const before = audited().length;
    const operator = await stage.startOperator({ user });
    await apply(stage, shape, { mode: 'nftables', ...spec });
    await phase(stage, shape, ['Succeeded']);
    await operator.stop();
    const asked = audited().slice(before);
    expect(asked.filter(({ decision }) => decision === 'forbid')).toEqual([]);
    const everybodys = asked.filter(({ resource }) => resource === 'selfsubjectaccessreviews');
    expect(everybodys.length).toBeGreaterThan(0);
    const others = asked.filter((one) => !everybodys.includes(one) && !rights.some((right) => allows(right, one)));
    expect(others).toEqual([]);
  });
});
