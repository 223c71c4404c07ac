import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { journalTail } from './journal-tail.ts';
import type { Tail } from './journal-tail.ts';
import { configPlace } from './testing/place.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';
import type { UnitPlace } from './unit-place.ts';

let node: FakeSystemd;
let place: UnitPlace;

beforeEach(() => {
  node = fakeSystemd();
  node.setUnit('kube-proxy.service', { MainPID: 222 });
  place = configPlace('/etc/kube-proxy.yml');
});
afterEach(() => node.remove());

const INVOCATION = 'a85984f85455401194ff28b8a89f51bc';
const UNUSABLE = "can't use the IPVS proxier: ipvs not supported";

async function tail(invocation = INVOCATION): Promise<Tail> {
  const result = await journalTail(node.shell, place, invocation);
  if (result.kind !== 'tail') throw new Error(JSON.stringify(result));
  return result;
}

describe('journalTail', () => {
  it('tells why a run ended, from its own lines in the journal', async () => {
    node.setJournal(readFixture('log/ipvs-unusable-1.36.txt'));
    const { text, words } = await tail();
    expect(words).toEqual({ line: UNUSABLE, fatal: true });
    expect(text).toContain('Dummy VS not created');
    expect(node.calls()).toEqual([
      `journalctl --quiet --no-pager --output=cat --lines=40 --unit=kube-proxy.service _SYSTEMD_INVOCATION_ID=${INVOCATION}`,
    ]);
  });

  it('takes all of the unit’s lines where the run has no name in the journal', async () => {
    await tail('0e3c2f1a-1111-2222-3333-444455556666-123');
    expect(node.calls()[0]).toMatch(/--unit=kube-proxy.service$/);
  });

  it('has no words where nothing was written', async () => {
    expect(await tail()).toEqual({ kind: 'tail', text: '', words: undefined });
  });

  it('keeps the end of what is too much', async () => {
    node.setJournal(`${'x'.repeat(100_000)}\nthe end\n`);
    const { text } = await tail();
    expect(text.length).toBeLessThanOrEqual(32_768);
    expect(text.endsWith('the end\n')).toBe(true);
  });

  it('looks into the log files of the run before the present one', async () => {
    place = { ...place, logDir: node.files };
    const log = (name: string, text: string): string => {
      const path = join(node.files, name);
      writeFileSync(path, text);
      return path;
    };
    log('kube-proxy.n1.root.log.INFO.20261120-090000.99', 'older\n');
    const ended = log('kube-proxy.n1.root.log.INFO.20261122-103610.111', readFixture('log/ipvs-unusable-1.36.txt'));
    log('kube-proxy.n1.root.log.INFO.20261122-103615.222', 'running now\n');
    log('kube-proxy.n1.root.log.ERROR.20261122-103616.333', 'not asked\n');
    utimesSync(ended, 0, 0);
    expect((await tail()).words).toEqual({ line: UNUSABLE, fatal: true });
  });

  it('looks into the one log file there is', async () => {
    place = { ...place, logFile: join(node.files, 'kube-proxy.log') };
    writeFileSync(join(node.files, 'kube-proxy.log'), readFixture('log/ipvs-unusable-1.36.txt'));
    expect((await tail()).words).toMatchObject({ fatal: true });
  });

  it('does not mind log files that are not there', async () => {
    place = { ...place, logDir: join(node.files, 'none') };
    expect(await tail()).toMatchObject({ text: '' });
  });
});
