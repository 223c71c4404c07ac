import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { readUnit } from './read-unit.ts';
import type { UnitFacts } from './read-unit.ts';
import { configPlace, optionsPlace } from './testing/place.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';
import type { UnitPlace } from './unit-place.ts';

let node: FakeSystemd;
let file: string;
let place: UnitPlace;

beforeEach(() => {
  node = fakeSystemd();
  file = join(node.files, 'config.yml');
  place = configPlace(file);
  writeFileSync(file, readFixture('config/hand-written.yaml'));
  node.setUnit('kube-proxy.service', {});
});
afterEach(() => node.remove());

async function read(): Promise<UnitFacts> {
  const facts = await readUnit(node.shell, place);
  if (facts.kind !== 'unit') throw new Error(JSON.stringify(facts));
  return facts;
}

describe('readUnit', () => {
  it('tells process, file and mode in one command', async () => {
    const text = readFixture('config/hand-written.yaml');
    expect(await read()).toEqual({
      kind: 'unit',
      process: {
        name: 'kube-proxy.service',
        uid: '00000000000000000000000000000001',
        node: 'n1',
        deleting: false,
        running: true,
        restarts: 0,
        waiting: undefined,
        ended: undefined,
      },
      endedInvocation: '',
      file: { kind: 'file', text, sha256: sha256(text) },
      config: { kind: 'config', mode: 'ipvs', metricsHost: '::1', metricsPort: 10_349, featureGates: {} },
      restartOwed: false,
      kernelRelease: release(),
      needsReload: false,
    });
    expect(node.shell.commands).toHaveLength(1);
    expect(node.calls()).toHaveLength(1);
  });

  it('reads the file before it looks at the process: another invocation later has started with that file', async () => {
    const path = join(node.plain, 'config.yml');
    writeFileSync(path, 'before\n');
    place = configPlace(path);
    node.onShow(`echo after >${path}`);
    expect(await read()).toMatchObject({ file: { text: 'before\n' } });
  });

  it('tells what a kube-proxy without a file will read', async () => {
    const path = join(node.plain, 'options');
    const unit = `[Service]\nEnvironmentFile=${path}\nExecStart=/usr/bin/kube-proxy $ARGS\n`;
    writeFileSync(path, '# no file\nARGS="--proxy-mode=ipvs --metrics-bind-address=0.0.0.0:10300"\n');
    place = optionsPlace(path, { name: 'kube-proxy.service', unit, files: new Map() });
    expect(await read()).toMatchObject({ config: { mode: 'ipvs', metricsHost: '0.0.0.0', metricsPort: 10_300 } });
  });

  it('tells that a restart is owed', async () => {
    writeFileSync(`${file}.proxymode-restart`, '');
    expect(await read()).toMatchObject({ restartOwed: true });
  });

  it('tells a run that ended, and under which invocation its words are', async () => {
    node.setUnit('kube-proxy.service', {
      ActiveState: 'activating',
      SubState: 'auto-restart',
      MainPID: 0,
      NRestarts: 2,
      Result: 'exit-code',
      ExecMainCode: 1,
      ExecMainStatus: 1,
    });
    expect(await read()).toMatchObject({
      process: {
        running: false,
        restarts: 2,
        waiting: 'auto-restart (exit-code)',
        ended: { exitCode: 1, reason: 'exit-code' },
      },
      endedInvocation: '00000000000000000000000000000001',
    });
    expect(node.calls().some((call) => call.startsWith('journalctl'))).toBe(false);
  });

  it('asks the journal about it once the next run is there', async () => {
    node.setUnit('kube-proxy.service', { NRestarts: 1 });
    node.setJournal('{"EXIT_CODE":"killed","EXIT_STATUS":"9","INVOCATION_ID":"00000000000000000000000000000009"}\n');
    expect(await read()).toMatchObject({
      process: { running: true, restarts: 1, ended: { exitCode: 137, reason: 'killed' } },
      endedInvocation: '00000000000000000000000000000009',
    });
    expect(node.calls().at(-1)).toBe(
      'journalctl --quiet --no-pager --output=json --lines=1 _PID=1 UNIT=kube-proxy.service EXIT_CODE=exited EXIT_CODE=killed EXIT_CODE=dumped',
    );
  });

  it('makes up an identity from boot and start time where systemd has none', async () => {
    node.setUnit('kube-proxy.service', { InvocationID: '', ExecMainStartTimestampMonotonic: 123_456 });
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    expect((await read()).process.uid).toBe(`${boot}-123456`);
    expect(`${boot}-123456`.length).toBeLessThan(64);
  });

  it.each([
    ['is gone', () => 'gone', /does not exist/],
    ['is a directory', () => '.', /not a regular file/],
    ['is too large', () => large(), /larger than/],
    ['is not text', () => binary(), /not UTF-8/],
  ])('says so where the file %s', async (_what, name, message) => {
    place = configPlace(join(node.files, name()));
    const { file: told, config, process } = await read();
    expect(told).toMatchObject({ kind: 'problem', message: expect.stringMatching(message) });
    expect(config).toEqual(told);
    expect(process.running).toBe(true);
  });

  const large = (): string => {
    writeFileSync(join(node.files, 'large'), 'x'.repeat(262_145));
    return 'large';
  };
  const binary = (): string => {
    writeFileSync(join(node.files, 'binary'), Buffer.from([0x6d, 0xff, 0xfe]));
    return 'binary';
  };

  it('keeps a file to the byte, a byte order mark and missing line ends included', async () => {
    for (const text of ['', '\uFEFFmode: ipvs', 'a\r\n\n\n', '\u0000ü']) {
      writeFileSync(file, text);
      expect((await read()).file).toEqual({ kind: 'file', text, sha256: sha256(text) });
    }
  });

  it('says so where the configuration cannot be understood', async () => {
    writeFileSync(file, 'kind: KubeProxyConfiguration\n');
    const { file: told, config } = await read();
    expect([told.kind, config.kind]).toEqual(['file', 'problem']);
  });

  it('says so where the unit is gone', async () => {
    place = { ...place, unit: 'gone.service' };
    expect(await readUnit(node.shell, place)).toEqual({
      kind: 'problem',
      message: 'gone.service on node n1 is not-found in systemd now.',
    });
  });
});
