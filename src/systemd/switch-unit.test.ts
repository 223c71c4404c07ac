import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../kubeproxy/sha256.ts';
import { readUnit } from './read-unit.ts';
import { removeBackup } from './remove-backup.ts';
import { configPlace } from './testing/place.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';
import type { UnitPlace } from './unit-place.ts';
import { switchUnit } from './switch-unit.ts';
import type { SwitchResult, UnitSwitch } from './switch-unit.ts';

const UNIT = 'kube-proxy.service';
const ORIGINAL = '# mine\nmode: iptables\n';
const EDITED = '# mine\nmode: "ipvs" # ü\n';
const README = new URL('../../README.md', import.meta.url);
const IN_README = '/etc/kubernetes/kube-proxy-config.yml';
const ORDINAL = (start: number): string => String(start).padStart(32, '0');

let node: FakeSystemd;
let file: string;
let place: UnitPlace;

beforeEach(() => {
  node = fakeSystemd();
  file = join(node.files, 'kube-proxy config\n.yml ');
  place = configPlace(file);
  writeFileSync(file, ORIGINAL);
  node.setUnit(UNIT, {});
});
afterEach(() => node.remove());

const read = (): string => readFileSync(file, 'utf8');
const backup = (): string => readFileSync(`${file}.proxymode-original`, 'utf8');
const names = (): readonly string[] => readdirSync(node.files).toSorted();
const both = (): readonly string[] => ['kube-proxy config\n.yml ', 'kube-proxy config\n.yml .proxymode-original'];
const restarts = (): readonly string[] => node.calls().filter((call) => call.startsWith('restart'));

const wish = (text: string, expected = ORIGINAL, invocation = ORDINAL(1)): UnitSwitch => ({
  expectSha256: sha256(expected),
  text,
  originalSha256: sha256(ORIGINAL),
  invocation,
});

async function write(text: string, expected = ORIGINAL, invocation = ORDINAL(1)): Promise<SwitchResult> {
  const result = await switchUnit(node.shell, place, wish(text, expected, invocation));
  if (!['requested', 'replaced', 'changed', 'busy'].includes(result.kind)) throw new Error(JSON.stringify(result));
  return result as SwitchResult;
}

describe('switchUnit, the file', () => {
  it('is written, whatever it is called, and a copy of the original kept beside it', async () => {
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(read()).toBe(EDITED);
    expect(backup()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
  });

  it('reaches the node neither as text nor by its name as part of a script', async () => {
    await write(EDITED);
    const [command] = node.shell.commands;
    expect(command?.argv[2]).not.toContain(node.files);
    expect(command?.argv.join('\0')).not.toContain('ipvs');
    expect(Buffer.from(command?.stdin ?? '', 'base64').toString('utf8')).toBe(EDITED);
  });

  it('is another one in its place: a kube-proxy that watches the old one sees no write', async () => {
    const { ino } = statSync(file);
    await write(EDITED);
    expect(statSync(file).ino).not.toBe(ino);
  });

  it('keeps mode and owner, and so does the copy', async () => {
    chmodSync(file, 0o640);
    const isRoot = process.getuid?.() === 0;
    const [uid, gid] = isRoot ? [12, 34] : [statSync(file).uid, statSync(file).gid];
    chownSync(file, uid, gid);
    await write(EDITED);
    for (const one of [file, `${file}.proxymode-original`])
      expect(statSync(one)).toMatchObject({ mode: 0o100640, uid, gid });
  });

  it('is followed through a symbolic link, which stays one', async () => {
    const link = join(node.files, 'link');
    symlinkSync(file, link);
    place = configPlace(link);
    await write(EDITED);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(read()).toBe(EDITED);
    expect(backup()).toBe(ORIGINAL);
  });

  it('is left alone where somebody else has written, and so is the process', async () => {
    writeFileSync(file, 'mode: nftables\n');
    expect(await write(EDITED)).toEqual({ kind: 'changed', sha256: sha256('mode: nftables\n') });
    expect(read()).toBe('mode: nftables\n');
    expect(names()).toEqual(both().slice(0, 1));
    expect(restarts()).toEqual([]);
  });

  it('that is gone is not made anew', async () => {
    place = configPlace(join(node.files, 'gone'));
    expect(await write(EDITED)).toEqual({ kind: 'changed', sha256: undefined });
    expect(restarts()).toEqual([]);
  });

  it('is never taken for the original once it was edited', async () => {
    await write(EDITED);
    await write('third\n', EDITED);
    expect(backup()).toBe(ORIGINAL);
    rmSync(`${file}.proxymode-original`);
    await write(EDITED, 'third\n');
    expect(names()).toEqual(both().slice(0, 1));
  });

  it('leaves a copy alone that an older migration has left', async () => {
    writeFileSync(`${file}.proxymode-original`, 'older\n');
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(backup()).toBe('older\n');
  });

  it.each(['original', 'new'])('is not written through a link that somebody has put at .proxymode-%s', async (name) => {
    const elsewhere = join(node.plain, 'elsewhere');
    writeFileSync(elsewhere, 'theirs\n');
    symlinkSync(elsewhere, `${file}.proxymode-${name}`);
    await write(EDITED);
    expect(readFileSync(elsewhere, 'utf8')).toBe('theirs\n');
    expect([lstatSync(file).isSymbolicLink(), read()]).toEqual([false, EDITED]);
  });

  it('may be empty, and have every kind of byte in it', async () => {
    await write('');
    expect(read()).toBe('');
    const text = `\uFEFF\r\n\t\u0000${'ü€😀'.repeat(5000)}`;
    await write(text, '');
    expect(read()).toBe(text);
  });

  it.each([
    ['text that is too large', 'x'.repeat(300_000), /300000 bytes/],
    ['text that is no text', 'mode: \uD800', /cannot be encoded/],
  ])('is not made of %s', async (_what, text, message) => {
    expect(await switchUnit(node.shell, place, wish(text))).toEqual({
      kind: 'problem',
      message: expect.stringMatching(message),
    });
    expect(node.shell.commands).toEqual([]);
  });

  it('is not put in place when it has not arrived whole', async () => {
    const { run } = node.shell;
    const shell = { ...node.shell, run: (command: Parameters<typeof run>[0]) => run({ ...command, stdin: 'bW9k' }) };
    expect(await switchUnit(shell, place, wish(EDITED))).toEqual({
      kind: 'problem',
      message: expect.stringContaining('did not arrive as it was sent'),
    });
    expect(read()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
    expect(restarts()).toEqual([]);
  });
});

describe('switchUnit, the process', () => {
  it('is restarted after the file was written, without waiting for it, and NRestarts begins afresh', async () => {
    node.setUnit(UNIT, { NRestarts: 4 });
    await write(EDITED);
    expect(restarts()).toEqual([`restart --no-block --quiet -- ${UNIT}`]);
    expect(node.calls()).toContain(`reset-failed -- ${UNIT}`);
    expect(node.calls().join('\n')).not.toContain('daemon-reload');
    expect(await readUnit(node.shell, place)).toMatchObject({
      process: { uid: ORDINAL(2), restarts: 0 },
      restartOwed: false,
    });
  });

  it('is restarted where only that was left to do', async () => {
    writeFileSync(file, EDITED);
    const { ino } = statSync(file);
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(statSync(file).ino).toBe(ino);
    expect(restarts()).toHaveLength(1);
  });

  it('is restarted once, however often it is asked', async () => {
    await write(EDITED);
    expect(await write(EDITED)).toEqual({ kind: 'replaced', invocation: ORDINAL(2) });
    expect(restarts()).toHaveLength(1);
  });

  it('is restarted although it is another one: it came before the file was changed', async () => {
    node.setUnit(UNIT, { InvocationID: ORDINAL(9) });
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(restarts()).toHaveLength(1);
  });

  it('that came out of a crash loop by itself does not have the end of that loop held against it', async () => {
    writeFileSync(file, EDITED);
    node.setUnit(UNIT, { InvocationID: ORDINAL(9), NRestarts: 4 });
    expect(await write(EDITED)).toEqual({ kind: 'replaced', invocation: ORDINAL(9) });
    expect(await readUnit(node.shell, place)).toMatchObject({ process: { restarts: 0, ended: undefined } });
  });

  it('that has ended already keeps its count', async () => {
    writeFileSync(file, EDITED);
    const ended = { ActiveState: 'activating', SubState: 'auto-restart', MainPID: 0, NRestarts: 4 };
    node.setUnit(UNIT, { ...ended, InvocationID: ORDINAL(9) });
    expect(await write(EDITED)).toMatchObject({ kind: 'replaced' });
    expect(await readUnit(node.shell, place)).toMatchObject({ process: { restarts: 4 } });
  });

  it('has the same name as for readUnit, also on an old systemd', async () => {
    node.setUnit(UNIT, { InvocationID: '', ExecMainStartTimestampMonotonic: 5 });
    const facts = await readUnit(node.shell, place);
    writeFileSync(file, EDITED);
    const uid = facts.kind === 'unit' ? facts.process.uid : '';
    expect(await write(EDITED, ORIGINAL, uid)).toEqual({ kind: 'requested' });
  });

  it('that systemd does not restart is owed a restart, until one is asked for', async () => {
    node.failRestart(`Failed to restart ${UNIT}: Unit ${UNIT} is masked.\n`);
    expect(await switchUnit(node.shell, place, wish(EDITED))).toEqual({
      kind: 'problem',
      message: `On node n1: Failed to restart ${UNIT}: Unit ${UNIT} is masked. (exit code 1)`,
    });
    expect(await readUnit(node.shell, place)).toMatchObject({ file: { text: EDITED }, restartOwed: true });
    node.failRestart(undefined);
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(await readUnit(node.shell, place)).toMatchObject({ restartOwed: false });
  });

  it('may have been restarted or not, where the node does not answer', async () => {
    node.shell.answer = { kind: 'timedOut', after: 20_000, stdout: '', stderr: '' };
    expect(await switchUnit(node.shell, place, wish(EDITED))).toMatchObject({ kind: 'timedOut' });
  });
});

describe('switchUnit, when two are at it', () => {
  it('lets one of two commands write', async () => {
    const results = await Promise.all([write('one\n'), write('two\n')]);
    const kinds = results.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'requested')).toHaveLength(1);
    expect(['busy', 'changed']).toContain(kinds.find((kind) => kind !== 'requested'));
    expect(read()).toBe(kinds[0] === 'requested' ? 'one\n' : 'two\n');
    expect(backup()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
  });

  it('sees another writer at every step up to the last', { timeout: 60_000 }, async () => {
    node.interfere(0, 'count');
    await write(EDITED);
    // What follows the last look at the file: mv, show, restart, rm of the mark.
    const last = node.steps() - 4;
    expect(last).toBeGreaterThan(10);
    const quoted = `'${file.replaceAll("'", String.raw`'\''`)}'`;
    for (let step = 1; step <= last; step++) {
      clean();
      node.interfere(step, { script: `printf 'theirs\\n' >${quoted}` });
      const result = await write(EDITED);
      expect([step, result.kind, read()]).toEqual([step, 'changed', 'theirs\n']);
    }
  });
});

describe('switchUnit, when it is cut short', () => {
  it('comes to the same end, whatever was done before', { timeout: 60_000 }, async () => {
    node.interfere(0, 'count');
    await write(EDITED);
    const steps = node.steps();
    expect(steps).toBeGreaterThan(15);
    for (let step = 1; step <= steps; step++) {
      clean();
      node.interfere(step, 'kill');
      expect([step, (await switchUnit(node.shell, place, wish(EDITED))).kind]).toEqual([step, 'unreachable']);
      expect([ORIGINAL, EDITED]).toContain(read());
      if (read() === EDITED) expect([step, backup()]).toEqual([step, ORIGINAL]);
      node.interfere(0, 'none');
      await write(EDITED);
      expect([step, read(), backup(), isRestarted()]).toEqual([step, EDITED, ORIGINAL, true]);
      expect(names().slice(0, 2)).toEqual(both());
      await removeBackup(node.shell, place, sha256(ORIGINAL));
      expect([step, names()]).toEqual([step, both().slice(0, 1)]);
    }
  });

  it('never lets a process with the old file pass for the new one', { timeout: 60_000 }, async () => {
    node.interfere(0, 'count');
    await write(EDITED);
    const steps = node.steps();
    for (let step = 1; step <= steps; step++) {
      clean();
      // It ends and comes back by itself after it was last looked at, with whatever the file is by then.
      node.setUnit(UNIT, { InvocationID: ORDINAL(77) });
      node.interfere(step, 'kill');
      await switchUnit(node.shell, place, wish(EDITED));
      node.interfere(0, 'none');
      const facts = await readUnit(node.shell, place);
      if (facts.kind !== 'unit' || facts.file.kind !== 'file') throw new Error(facts.kind);
      const passes = facts.file.text === EDITED && !facts.restartOwed;
      expect([step, passes && facts.process.uid === ORDINAL(77)]).toEqual([step, false]);
      await write(EDITED);
      expect([step, node.property(UNIT, 'InvocationID')]).not.toEqual([step, ORDINAL(77)]);
    }
  });
});

describe('switchUnit and removeBackup, by a user who is not root', () => {
  /** Nothing but what the README says may be done by sudo. */
  function rules(): readonly string[] {
    const [, block = ''] = /```sudoers\n(.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
    const commands = block.split('\n').flatMap((line) => /^ +\/usr\/bin\/(.*?)(?:, \\)?$/.exec(line)?.[1] ?? []);
    return commands.map((line) => line.replaceAll('\\=', '=').replaceAll(IN_README, file));
  }

  beforeEach(() => {
    file = join(node.plain, 'config.yml');
    place = configPlace(file);
    writeFileSync(file, ORIGINAL);
    node.setUnit(UNIT, { NRestarts: 1 });
  });

  it('need exactly these rules of sudo', async () => {
    node.asUser(rules());
    expect(await write(EDITED)).toEqual({ kind: 'requested' });
    expect(await removeBackup(node.shell, place, sha256(ORIGINAL))).toEqual({ kind: 'removed' });
    expect(readdirSync(node.plain)).toEqual(['config.yml']);
    expect(rules()).toHaveLength(10);
    expect([...new Set(node.sudone())].toSorted()).toEqual([...rules()].toSorted());
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 9])(
    'without rule %i say what sudo says, and have not half-written a file',
    async (without) => {
      node.asUser(rules().toSpliced(without, 1));
      expect(await switchUnit(node.shell, place, wish(EDITED))).toEqual({
        kind: 'problem',
        message: 'On node n1: sudo: a password is required (exit code 1)',
      });
      expect([ORIGINAL, EDITED]).toContain(read());
    },
  );
});

describe('removeBackup', () => {
  it('leaves nothing of ours', async () => {
    await write(EDITED);
    writeFileSync(`${file}.proxymode-new`, 'half');
    writeFileSync(`${file}.proxymode-restart`, '');
    expect(await removeBackup(node.shell, place, sha256(ORIGINAL))).toEqual({ kind: 'removed' });
    expect(await removeBackup(node.shell, place, sha256(ORIGINAL))).toEqual({ kind: 'absent' });
    expect(names()).toEqual(both().slice(0, 1));
  });

  it('keeps a copy that is not of this migration', async () => {
    writeFileSync(`${file}.proxymode-original`, 'older\n');
    expect(await removeBackup(node.shell, place, sha256(ORIGINAL))).toEqual({
      kind: 'kept',
      sha256: sha256('older\n'),
    });
    expect(backup()).toBe('older\n');
  });
});

/** As before the first command, but for the number of starts. */
function clean(): void {
  for (const name of ['original', 'new', 'restart']) rmSync(`${file}.proxymode-${name}`, { force: true });
  writeFileSync(file, ORIGINAL);
  node.setUnit(UNIT, { InvocationID: ORDINAL(1) });
}

function isRestarted(): boolean {
  return !existsSync(`${file}.proxymode-restart`) && node.property(UNIT, 'InvocationID') !== ORDINAL(1);
}
