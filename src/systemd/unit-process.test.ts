import { describe, expect, expectTypeOf, it } from 'vitest';
import type { PodFacts } from '../rollout/observed.ts';
import { endedRun, unitProcess } from './unit-process.ts';
import type { UnitProcess } from './unit-process.ts';
import type { UnitState } from './unit-state.ts';

const RUNNING: UnitState = {
  id: 'kube-proxy.service',
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  mainPid: 700,
  restarts: 0,
  result: 'success',
  exitCode: undefined,
  needsReload: false,
  hasJob: false,
};

const seen = (state: Partial<UnitState>): UnitProcess =>
  unitProcess({ ...RUNNING, ...state }, { node: 'n1', invocation: 'i1', ended: undefined });

describe('unitProcess', () => {
  it('has the shape of a pod', () => {
    expectTypeOf<UnitProcess>().toEqualTypeOf<Omit<PodFacts, 'systemd' | 'stuck' | 'image'>>();
    expect(seen({})).toEqual({
      name: 'kube-proxy.service',
      uid: 'i1',
      node: 'n1',
      deleting: false,
      running: true,
      restarts: 0,
      waiting: undefined,
      ended: undefined,
    });
  });

  const off = { mainPid: 0 };
  it.each<[string, Partial<UnitState>, Partial<UnitProcess>]>([
    [
      'waits for its restart',
      { activeState: 'activating', subState: 'auto-restart', result: 'exit-code', ...off },
      { running: false, deleting: false, waiting: 'auto-restart (exit-code)' },
    ],
    [
      'has failed too often',
      { activeState: 'failed', subState: 'failed', result: 'start-limit-hit', ...off },
      { running: false, deleting: false, waiting: 'failed (start-limit-hit)' },
    ],
    [
      'was stopped',
      { activeState: 'inactive', subState: 'dead', ...off },
      { running: false, deleting: false, waiting: 'dead (success)' },
    ],
    ['is about to be restarted', { hasJob: true }, { running: true, deleting: true }],
    [
      'is being stopped',
      { activeState: 'deactivating', subState: 'stop-sigterm' },
      { running: false, deleting: true, waiting: 'stop-sigterm (success)' },
    ],
    [
      'was stopped and will be started',
      { activeState: 'inactive', subState: 'dead', hasJob: true, ...off },
      { running: false, deleting: true },
    ],
    [
      'failed and will be started',
      { activeState: 'activating', subState: 'auto-restart', hasJob: true, ...off },
      { deleting: true },
    ],
    [
      'is starting',
      { activeState: 'activating', subState: 'start-pre', hasJob: true, ...off },
      { running: false, deleting: false },
    ],
    ['reloads', { activeState: 'reloading', subState: 'reload' }, { running: true, deleting: false }],
  ])('tells a unit that %s', (_what, state, expected) => {
    expect(seen(state)).toMatchObject(expected);
  });
});

describe('endedRun', () => {
  const ENTRY =
    '{"MESSAGE":"kube-proxy.service: Main process exited, code=exited, status=1/FAILURE","EXIT_CODE":"exited","EXIT_STATUS":"1","INVOCATION_ID":"cafe","_PID":"1"}';

  it('is what systemd says while no other runs', () => {
    const state = { ...RUNNING, mainPid: 0, exitCode: 1, result: 'exit-code' };
    expect(endedRun(state, 'i1', '')).toEqual({ exitCode: 1, reason: 'exit-code', invocation: 'i1' });
  });

  it('is what the journal says once another one runs', () => {
    const state = { ...RUNNING, restarts: 1 };
    expect(endedRun(state, 'i2', ENTRY)).toEqual({ exitCode: 1, reason: 'exited', invocation: 'cafe' });
    const killed = ENTRY.replace('"EXIT_CODE":"exited","EXIT_STATUS":"1"', '"EXIT_CODE":"killed","EXIT_STATUS":"9"');
    expect(endedRun(state, 'i2', killed)).toMatchObject({ exitCode: 137, reason: 'killed' });
  });

  it.each(['', '{', '[]', 'null', '{"EXIT_CODE":"exited"}', '{"EXIT_CODE":["exited"],"EXIT_STATUS":"1"}'])(
    'is known to have been, even if the journal says %j',
    (entry) => {
      const run = { exitCode: -1, reason: 'not in the journal', invocation: '' };
      expect(endedRun({ ...RUNNING, restarts: 2 }, 'i3', entry)).toEqual(run);
    },
  );

  it('is none where nothing has ended', () => {
    expect(endedRun(RUNNING, 'i1', ENTRY)).toBeUndefined();
    expect(endedRun({ ...RUNNING, mainPid: 0, activeState: 'inactive' }, 'i1', '')).toBeUndefined();
  });
});
