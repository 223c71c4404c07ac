import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import type { SshNodeShell } from '../node/ssh-shell.ts';
import { ShellPool, type PooledShell } from './shell-pool.ts';

let clock: FakeClock;
let pool: ShellPool<SshNodeShell>;
let story: string[];

beforeEach(() => {
  clock = createFakeClock();
  pool = new ShellPool({ clock, log: createMemoryLog() });
  story = [];
});

function acquire(key = 'n1', failure?: Error, keep = 15_000): Promise<PooledShell> {
  const make = async (): Promise<SshNodeShell> => {
    if (failure !== undefined) throw failure;
    story.push(`open ${key}`);
    const shell: SshNodeShell = {
      node: key,
      pathOf: (path) => path,
      run: () => Promise.resolve({ kind: 'unreachable', message: 'a test' }),
      dial: () => Promise.reject(new Error('a test')),
      close: async () => void story.push(`close ${key}`),
    };
    return shell;
  };
  return pool.acquire({ key, make, keep });
}

describe('a connection', () => {
  it('is shared, and kept for a while when the last one has closed it', async () => {
    const [first, second] = [await acquire(), await acquire()];
    await first.close();
    await clock.advance(60_000);
    await second.close();
    await second.close();
    expect(story).toEqual(['open n1']);
    const third = await acquire();
    await clock.advance(60_000);
    expect(story).toEqual(['open n1']);
    await third.close();
    await clock.advance(60_000);
    expect(story).toEqual(['open n1', 'close n1']);
  });

  it('is kept as long as the last one wants it, or not at all', async () => {
    const [first, last] = [await acquire('n1', undefined, 60_000), await acquire('n1', undefined, 0)];
    await first.close();
    await last.close();
    await clock.advance(1);
    expect(story).toEqual(['open n1', 'close n1']);
  });

  it('is not shared by nodes, nor by ways to them', async () => {
    await acquire('n1');
    await acquire('n2');
    expect(story).toEqual(['open n1', 'open n2']);
  });

  it('that is discarded is nobody else’s any more, and closed when the last one has let go', async () => {
    const [first, second] = [await acquire(), await acquire()];
    await first.discard();
    await acquire();
    expect(story).toEqual(['open n1', 'open n1']);
    await second.close();
    expect(story).toEqual(['open n1', 'open n1', 'close n1']);
  });

  it('that could not be made is made anew', async () => {
    await expect(acquire('n1', new Error('no such Secret'))).rejects.toThrow('no such Secret');
    await acquire();
    expect(story).toEqual(['open n1']);
  });

  it('ends when all end', async () => {
    await acquire();
    const idle = await acquire('n2');
    await idle.close();
    pool.stop();
    await clock.advance(0);
    expect(story.toSorted()).toEqual(['close n1', 'close n2', 'open n1', 'open n2']);
  });
});
