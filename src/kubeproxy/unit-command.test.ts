import { describe, expect, it } from 'vitest';
import { unitTexts, withOptions } from './fixtures/units.ts';
import type { UnitName } from './fixtures/units.ts';
import { textOf } from './systemd-words.ts';
import { unitCommand } from './unit-command.ts';
import type { UnitTexts } from './unit-command.ts';

function commandLine(texts: UnitTexts): readonly string[] {
  const command = unitCommand(texts);
  if (command.kind === 'problem') throw new Error(command.message);
  return [command.program, ...command.args.map(textOf)];
}

const VARIABLES = `A="--a '--b c'"\nB=x y\nEMPTY=\n`;

describe('unitCommand', () => {
  it.each<[UnitName, readonly string[]]>([
    [
      'binary-guide',
      [
        '/opt/kubernetes/bin/kube-proxy',
        '--logtostderr=false',
        '--v=2',
        '--log-dir=/opt/kubernetes/logs',
        '--config=/opt/kubernetes/cfg/kube-proxy-config.yml',
        '--proxy-mode=ipvs',
        '--masquerade-all=true',
        '--feature-gates=SupportIPVSProxyMode=true',
      ],
    ],
    ['centos', ['/usr/bin/kube-proxy', '--logtostderr=true', '--v=0', '--master=http://127.0.0.1:8080']],
    [
      'debian',
      [
        '/usr/bin/nice',
        '-n',
        '-5',
        '/usr/bin/kube-proxy',
        '--v=1',
        '--config=/etc/kubernetes/kube-proxy.yaml',
        '--oom-score-adj=-998',
      ],
    ],
    ['kubeasz', ['/opt/kube/bin/kube-proxy', '--config=/var/lib/kube-proxy/kube-proxy-config.yaml']],
  ])('is what systemd would start: %s', (name, expected) => {
    expect(commandLine(unitTexts(name))).toEqual(expected);
  });

  it.each([
    ['$A', ['--a', '--b c']],
    ['${A}', [`--a '--b c'`]],
    ['--x=${B}', ['--x=x y']],
    ['--x=$B', ['--x=$B']],
    ['$EMPTY', []],
    ['${EMPTY}', ['']],
    ['$UNKNOWN', []],
    ['x${UNKNOWN}y', ['xy']],
    ['$$A', ['$A']],
    ['${B', ['${B']],
    [`'$A'`, ['--a', '--b c']],
  ])('puts variables in as systemd does: %s', (written, expected) => {
    expect(commandLine(withOptions(VARIABLES, `/usr/bin/kube-proxy ${written}`)).slice(1)).toEqual(expected);
  });

  it.each([
    ['-/usr/bin/kube-proxy $A', ['/usr/bin/kube-proxy', '--a', '--b c']],
    ['@/usr/bin/kube-proxy other-name --v=1', ['/usr/bin/kube-proxy', '--v=1']],
    [':/usr/bin/kube-proxy $A', ['/usr/bin/kube-proxy', '$A']],
    ['+/usr/bin/kube-proxy', ['/usr/bin/kube-proxy']],
  ])('reads what stands before the program: %s', (line, expected) => {
    expect(commandLine(withOptions(VARIABLES, line))).toEqual(expected);
  });

  it('takes a later file over an earlier one, and both over Environment=', () => {
    const unit =
      '[Service]\nEnvironment=A=1 B=1 C=1\nEnvironmentFile=/one\nEnvironmentFile=-/missing\nEnvironmentFile=/two\nExecStart=/kube-proxy ${A} ${B} ${C}\n';
    const files = new Map([
      ['/one', 'A=2\nB=2\n'],
      ['/two', 'A=3\n'],
    ]);
    expect(commandLine({ name: 'x.service', unit, files })).toEqual(['/kube-proxy', '3', '2', '1']);
  });

  const options = withOptions(VARIABLES);
  it.each<[string, UnitTexts, RegExp]>([
    ['no command', { ...options, unit: '[Service]\n' }, /0 ExecStart lines/],
    ['two commands', { ...options, unit: '[Service]\nExecStart=/a\nExecStart=/b\n' }, /2 ExecStart lines/],
    ['two commands in a line', withOptions('', '/bin/modprobe ip_vs ; /usr/bin/kube-proxy'), /several commands in one/],
    ['quotes that do not close', withOptions('', '/usr/bin/kube-proxy "--a'), /quotes do not close/],
    ['no program', withOptions('', '-'), /without a program/],
    [
      'options that are missing',
      { ...options, files: new Map() },
      /needs \/etc\/kube-proxy.conf, which does not exist/,
    ],
    [
      'options found by a pattern',
      { ...options, unit: options.unit.replace('kube-proxy.conf', '*.conf') },
      /by the pattern \/etc\/\*\.conf/,
    ],
    ['options it cannot read for sure', withOptions('# a \\\nB=1\n'), /line 1: a comment that ends with a backslash/],
  ])('refuses %s', (_what, texts, message) => {
    expect(unitCommand(texts)).toEqual({ kind: 'problem', message: expect.stringMatching(message), ...lineOf(texts) });
  });

  function lineOf(texts: UnitTexts): { line?: number } {
    return texts.files.get('/etc/kube-proxy.conf')?.startsWith('# a') === true ? { line: 1 } : {};
  }
});
