import {
  chmodSync,
  chownSync,
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
import { sha256 } from './file-text.ts';
import { removeBackup, restoreConfig } from './restore-config.ts';
import { configPlace } from './testing/place.ts';
import { fakeSystemd } from './testing/fake-systemd.ts';
import type { FakeSystemd } from './testing/fake-systemd.ts';
import type { UnitPlace } from './unit-place.ts';
import { writeConfig } from './write-config.ts';
import type { ConfigWrite, WriteResult } from './write-config.ts';

const ORIGINAL = '# mine\nmode: iptables\n';
const EDITED = '# mine\nmode: "ipvs" # ü\n';

let node: FakeSystemd;
let file: string;
let place: UnitPlace;

beforeEach(() => {
  node = fakeSystemd();
  file = join(node.files, 'kube-proxy config\n.yml ');
  place = configPlace(file);
  writeFileSync(file, ORIGINAL);
});
afterEach(() => node.remove());

const read = (): string => readFileSync(file, 'utf8');
const backup = (): string => readFileSync(`${file}.proxymode-original`, 'utf8');
const names = (): readonly string[] => readdirSync(node.files).toSorted();
const both = (): readonly string[] => ['kube-proxy config\n.yml ', 'kube-proxy config\n.yml .proxymode-original'];

const wish = (text: string, expected = ORIGINAL): ConfigWrite => ({
  expectSha256: sha256(expected),
  text,
  originalSha256: sha256(ORIGINAL),
});

async function write(text: string, expected = ORIGINAL): Promise<WriteResult> {
  const result = await writeConfig(node.shell, place, wish(text, expected));
  if (!['written', 'unchanged', 'changed', 'busy'].includes(result.kind)) throw new Error(JSON.stringify(result));
  return result as WriteResult;
}

describe('writeConfig', () => {
  it('writes the file, whatever it is called, and keeps a copy of the original beside it', async () => {
    expect(await write(EDITED)).toEqual({ kind: 'written', backupSha256: sha256(ORIGINAL) });
    expect(read()).toBe(EDITED);
    expect(backup()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
  });

  it('sends neither the text nor a name as part of a script', async () => {
    await write(EDITED);
    const [command] = node.shell.commands;
    expect(command?.argv[2]).not.toContain(node.files);
    expect(command?.argv.join('\0')).not.toContain('ipvs');
    expect(Buffer.from(command?.stdin ?? '', 'base64').toString('utf8')).toBe(EDITED);
  });

  it('puts another file in its place: a kube-proxy that watches the old one sees no write', async () => {
    const { ino } = statSync(file);
    await write(EDITED);
    expect(statSync(file).ino).not.toBe(ino);
  });

  it('keeps mode and owner, of the file and of the copy', async () => {
    chmodSync(file, 0o640);
    const isRoot = process.getuid?.() === 0;
    const [uid, gid] = isRoot ? [12, 34] : [statSync(file).uid, statSync(file).gid];
    chownSync(file, uid, gid);
    await write(EDITED);
    for (const one of [file, `${file}.proxymode-original`])
      expect(statSync(one)).toMatchObject({ mode: 0o100640, uid, gid });
  });

  it('follows a symbolic link, which stays one', async () => {
    const link = join(node.files, 'link');
    symlinkSync(file, link);
    place = configPlace(link);
    await write(EDITED);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(read()).toBe(EDITED);
    expect(backup()).toBe(ORIGINAL);
  });

  it('does nothing where the file is what it is to be', async () => {
    await write(EDITED);
    const { ino } = statSync(file);
    expect(await write(EDITED)).toEqual({ kind: 'unchanged', backupSha256: sha256(ORIGINAL) });
    expect(statSync(file).ino).toBe(ino);
  });

  it('does nothing where somebody else has written', async () => {
    writeFileSync(file, 'mode: nftables\n');
    expect(await write(EDITED)).toEqual({ kind: 'changed', sha256: sha256('mode: nftables\n') });
    expect(read()).toBe('mode: nftables\n');
    expect(names()).toEqual(both().slice(0, 1));
  });

  it('does nothing where the file is gone', async () => {
    place = configPlace(join(node.files, 'gone'));
    expect(await write(EDITED)).toEqual({ kind: 'changed', sha256: undefined });
  });

  it('never takes an edited version for the original', async () => {
    await write(EDITED);
    await write('third\n', EDITED);
    expect(backup()).toBe(ORIGINAL);
    rmSync(`${file}.proxymode-original`);
    expect(await write(EDITED, 'third\n')).toEqual({ kind: 'written', backupSha256: undefined });
    expect(names()).toEqual(both().slice(0, 1));
  });

  it('leaves a copy alone that an older migration has left, and tells of it', async () => {
    writeFileSync(`${file}.proxymode-original`, 'older\n');
    expect(await write(EDITED)).toEqual({ kind: 'written', backupSha256: sha256('older\n') });
    expect(backup()).toBe('older\n');
  });

  it('does not write through a link that somebody has put in the copy’s place', async () => {
    symlinkSync('/etc/hostname', `${file}.proxymode-original`);
    await write(EDITED);
    expect(lstatSync(`${file}.proxymode-original`).isSymbolicLink()).toBe(true);
    expect(read()).toBe(EDITED);
  });

  it('writes an empty file and one with every kind of byte', async () => {
    await write('');
    expect(read()).toBe('');
    const text = `\uFEFF\r\n\t\u0000${'ü€😀'.repeat(5000)}`;
    expect((await write(text, '')).kind).toBe('written');
    expect(read()).toBe(text);
  });

  it.each([
    ['text that is too large', 'x'.repeat(300_000), /300000 bytes/],
    ['text that is no text', 'mode: \uD800', /cannot be encoded/],
  ])('refuses %s', async (_what, text, message) => {
    expect(await writeConfig(node.shell, place, wish(text))).toEqual({
      kind: 'problem',
      message: expect.stringMatching(message),
    });
    expect(node.shell.commands).toEqual([]);
  });

  it('does not put in place what has not arrived whole', async () => {
    const { run } = node.shell;
    const shell = { ...node.shell, run: (command: Parameters<typeof run>[0]) => run({ ...command, stdin: 'bW9k' }) };
    expect(await writeConfig(shell, place, wish(EDITED))).toEqual({
      kind: 'problem',
      message: expect.stringContaining('did not arrive as it was sent'),
    });
    expect(read()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
  });

  it('passes on that the node could not be reached', async () => {
    node.shell.answer = { kind: 'timedOut', after: 20_000, stdout: '', stderr: '' };
    expect(await writeConfig(node.shell, place, wish(EDITED))).toMatchObject({ kind: 'timedOut' });
  });
});

describe('writeConfig, when two are at it', () => {
  it('lets one of two commands write', async () => {
    const results = await Promise.all([write('one\n'), write('two\n')]);
    const kinds = results.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'written')).toHaveLength(1);
    expect(['busy', 'changed']).toContain(kinds.find((kind) => kind !== 'written'));
    expect(read()).toBe(kinds[0] === 'written' ? 'one\n' : 'two\n');
    expect(backup()).toBe(ORIGINAL);
    expect(names()).toEqual(both());
  });

  it('sees another writer at every step up to the last', { timeout: 60_000 }, async () => {
    node.interfere(0, 'count');
    await write(EDITED);
    // What follows the last look at the file: mv, the sum of the copy, rm.
    const last = node.steps() - 3;
    expect(last).toBeGreaterThan(10);
    const quoted = `'${file.replaceAll("'", String.raw`'\''`)}'`;
    for (let step = 1; step <= last; step++) {
      rmSync(`${file}.proxymode-original`, { force: true });
      writeFileSync(file, ORIGINAL);
      node.interfere(step, { script: `printf 'theirs\\n' >${quoted}` });
      const result = await write(EDITED);
      expect([step, result.kind, read()]).toEqual([step, 'changed', 'theirs\n']);
    }
  });
});

describe('writeConfig, when it is cut short', () => {
  it('comes to the same end, whatever was done before', { timeout: 60_000 }, async () => {
    node.interfere(0, 'count');
    await write(EDITED);
    const steps = node.steps();
    expect(steps).toBeGreaterThan(12);
    for (let step = 1; step <= steps; step++) {
      rmSync(`${file}.proxymode-original`, { force: true });
      writeFileSync(file, ORIGINAL);
      node.interfere(step, 'kill');
      expect([step, (await writeConfig(node.shell, place, wish(EDITED))).kind]).toEqual([step, 'unreachable']);
      expect([ORIGINAL, EDITED]).toContain(read());
      if (read() === EDITED) expect([step, backup()]).toEqual([step, ORIGINAL]);
      node.interfere(0, 'none');
      expect(['written', 'unchanged']).toContain((await write(EDITED)).kind);
      expect([step, read(), backup()]).toEqual([step, EDITED, ORIGINAL]);
      expect(names().slice(0, 2)).toEqual(both());
      await removeBackup(node.shell, place, sha256(ORIGINAL));
      expect([step, names()]).toEqual([step, both().slice(0, 1)]);
    }
  });
});

describe('restoreConfig and removeBackup', () => {
  const original = { text: ORIGINAL, sha256: sha256(ORIGINAL) };

  it('puts the exact bytes back, and leaves nothing of ours', async () => {
    await write(EDITED);
    const expectSha256 = sha256(EDITED);
    expect(await restoreConfig(node.shell, place, { original, expectSha256 })).toMatchObject({ kind: 'written' });
    expect(read()).toBe(ORIGINAL);
    expect(await restoreConfig(node.shell, place, { original, expectSha256 })).toMatchObject({ kind: 'unchanged' });
    expect(await removeBackup(node.shell, place, original.sha256)).toEqual({ kind: 'removed' });
    expect(await removeBackup(node.shell, place, original.sha256)).toEqual({ kind: 'absent' });
    expect(names()).toEqual(both().slice(0, 1));
  });

  it('does not write a record that has been damaged', async () => {
    const damaged = { ...original, text: `${ORIGINAL} ` };
    expect(await restoreConfig(node.shell, place, { original: damaged, expectSha256: sha256(ORIGINAL) })).toMatchObject(
      {
        kind: 'problem',
        message: expect.stringContaining('.proxymode-original'),
      },
    );
    expect(node.shell.commands).toEqual([]);
  });

  it('keeps a copy that is not of this migration', async () => {
    writeFileSync(`${file}.proxymode-original`, 'older\n');
    expect(await removeBackup(node.shell, place, original.sha256)).toEqual({ kind: 'kept', sha256: sha256('older\n') });
    expect(backup()).toBe('older\n');
  });
});
