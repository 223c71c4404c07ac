import { describe, expect, it } from 'vitest';
import { readFixture } from './fixtures/read-fixture.ts';
import { parseUnitFile } from './unit-file.ts';

const service = (...lines: readonly string[]): string => `[Service]\n${lines.join('\n')}\n`;

describe('parseUnitFile', () => {
  it('reads the unit of an installation from binaries', () => {
    expect(parseUnitFile(readFixture('units/binary-guide.service'), 'kube-proxy.service')).toEqual({
      execStart: ['/opt/kubernetes/bin/kube-proxy $KUBE_PROXY_OPTS'],
      environment: [],
      environmentFiles: [{ path: '/opt/kubernetes/cfg/kube-proxy.conf', optional: false }],
    });
  });

  it('lets a drop-in replace the command line, and puts the unit’s name in', () => {
    expect(parseUnitFile(readFixture('units/debian.service'), 'kube-proxy.service')).toEqual({
      execStart: ['-/usr/bin/nice -n ${NICE} /usr/bin/kube-proxy $KUBE_LOG $DAEMON_ARGS --oom-score-adj=-998'],
      environment: ['"KUBE_LOG=--v=1" NICE=-5'],
      environmentFiles: [{ path: '/etc/default/kube-proxy', optional: true }],
    });
  });

  it('joins continuation lines by spaces, without the comments in between', () => {
    const { execStart } = parseUnitFile(
      service('ExecStart=/bin/kube-proxy \\', '# --a', '  --b \\', '; --c', '  --d'),
      'x.service',
    );
    expect(execStart[0]?.split(/\s+/)).toEqual(['/bin/kube-proxy', '--b', '--d']);
  });

  it('forgets a list where its value is empty', () => {
    const text = service(
      'EnvironmentFile=/a',
      'Environment=A=1',
      'EnvironmentFile=',
      'EnvironmentFile=-/b',
      'Environment=',
    );
    expect(parseUnitFile(text, 'x.service')).toEqual({
      execStart: [],
      environment: [],
      environmentFiles: [{ path: '/b', optional: true }],
    });
  });

  it('reads [Service] only', () => {
    expect(
      parseUnitFile('[Unit]\nExecStart=/a\n[Service]\nExecStart=/b\n[X-Other]\nExecStart=/c\n', 'x.service').execStart,
    ).toEqual(['/b']);
  });

  it.each([
    ['%n', 'kube-proxy@blue.service'],
    ['%N', 'kube-proxy@blue'],
    ['%p', 'kube-proxy'],
    ['%i', 'blue'],
    ['%%', '%'],
    ['%H', '%H'],
  ])('puts %s in', (specifier, value) => {
    const text = service(`EnvironmentFile=/etc/${specifier}`);
    expect(parseUnitFile(text, 'kube-proxy@blue.service').environmentFiles[0]?.path).toBe(`/etc/${value}`);
  });
});
