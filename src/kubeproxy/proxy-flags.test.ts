import { describe, expect, it } from 'vitest';
import { unitTexts } from './fixtures/units.ts';
import { configOfFlags, flagText, voidFlags } from './proxy-flags.ts';
import { charsOf } from './systemd-words.ts';
import type { Word } from './systemd-words.ts';
import { unitCommand } from './unit-command.ts';

const words = (line: string): readonly Word[] => line.split(' ').map((word) => charsOf(word));

describe('flagText', () => {
  it.each([
    ['--config=/a', '/a'],
    ['--config /a', '/a'],
    ['--config=/a --config=/b', '/b'],
    ['--config=/a --config /b', '/b'],
    ['--config=', ''],
    ['--config', undefined],
    ['--v=2', undefined],
    ['--configuration=/a', undefined],
    ['-- --config=/a', undefined],
    ['--config=/a=b', '/a=b'],
  ])('reads --config of `%s`', (line, expected) => {
    expect(flagText(words(line), 'config')).toBe(expected);
  });

  it('takes underscores for hyphens', () => {
    expect(flagText(words('--proxy_mode=ipvs'), 'proxy-mode')).toBe('ipvs');
  });
});

describe('voidFlags', () => {
  it('tells the flags that lose to the file, as they are written', () => {
    const command = unitCommand(unitTexts('binary-guide'));
    expect(command.kind === 'command' && voidFlags(command.args)).toEqual([
      '--proxy-mode=ipvs',
      '--masquerade-all=true',
      '--feature-gates=SupportIPVSProxyMode=true',
    ]);
  });

  it('leaves out those that count beside a file', () => {
    expect(voidFlags(words('--config=/a --hostname-override=n --master=m --v=2 --logtostderr=true --cleanup'))).toEqual(
      [],
    );
  });

  it('is empty without a file', () => {
    expect(voidFlags(words('--proxy-mode=ipvs --cluster-cidr=10.0.0.0/8'))).toEqual([]);
  });
});

describe('configOfFlags', () => {
  it('reads what a file would say', () => {
    const line =
      '--proxy-mode=ipvs --metrics-bind-address=0.0.0.0:10999 --feature-gates=NFTablesProxyMode=true,Other=False';
    expect(configOfFlags(words(line))).toEqual({
      kind: 'config',
      mode: 'ipvs',
      metricsHost: '0.0.0.0',
      metricsPort: 10_999,
      featureGates: { NFTablesProxyMode: true, Other: false },
    });
  });

  it.each([
    ['--v=2', '127.0.0.1', 10_249],
    ['--metrics-port=10300', '127.0.0.1', 10_300],
    ['--metrics-bind-address=10.0.0.1 --metrics-port=10300', '10.0.0.1', 10_300],
    ['--metrics-bind-address=10.0.0.1:10400 --metrics-port=10300', '10.0.0.1', 10_400],
    ['--metrics-bind-address=::1 --metrics-port=10300', '::1', 10_300],
    ['--metrics-bind-address=[::1]:10400 --metrics-port=10300', '::1', 10_400],
  ])('knows where kube-proxy answers: %s', (line, metricsHost, metricsPort) => {
    expect(configOfFlags(words(line))).toMatchObject({ mode: '', metricsHost, metricsPort });
  });
});
