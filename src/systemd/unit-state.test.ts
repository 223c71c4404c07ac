import { describe, expect, it } from 'vitest';
import { exitCode, parseUnitState } from './unit-state.ts';

/** As systemd 252 prints it of a real node whose kube-proxy cannot start in ipvs mode. */
const FAILING = `Id=kube-proxy.service
LoadState=loaded
ActiveState=activating
SubState=auto-restart
MainPID=0
NRestarts=3
Result=exit-code
ExecMainCode=1
ExecMainStatus=1
ExecMainStartTimestampMonotonic=2093049182
InvocationID=a85984f85455401194ff28b8a89f51bc
NeedDaemonReload=no
Job=0
`;

describe('parseUnitState', () => {
  it('reads a unit that fails again and again', () => {
    expect(parseUnitState(FAILING)).toEqual({
      id: 'kube-proxy.service',
      loadState: 'loaded',
      activeState: 'activating',
      subState: 'auto-restart',
      mainPid: 0,
      restarts: 3,
      result: 'exit-code',
      exitCode: 1,
      needsReload: false,
      hasJob: false,
    });
  });

  it('does without what CentOS 7 does not print', () => {
    const old = FAILING.split('\n').filter((line) => !/^(?:NRestarts|InvocationID|Job)=/.test(line));
    expect(parseUnitState(old.join('\n'))).toMatchObject({ restarts: 0, hasJob: false, subState: 'auto-restart' });
  });

  it('is not led astray by values of several lines, or by numbers that are none', () => {
    const show = 'Result=success\nNRestarts=many\nnonsense\nResult=exit-code\nMainPID=12\n';
    expect(parseUnitState(show)).toMatchObject({ result: 'success', restarts: 0, mainPid: 12 });
  });
});

describe('exitCode', () => {
  it.each([
    ['0', 0, undefined],
    ['1', 255, 255],
    ['exited', 1, 1],
    ['2', 15, 143],
    ['killed', 9, 137],
    ['3', 6, 134],
    ['', 0, undefined],
  ])('of CLD %s and %d is %s', (code, status, expected) => {
    expect(exitCode(code, status)).toBe(expected);
  });
});
