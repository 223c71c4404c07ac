// One bringing-up at a time. The lock is an abstract socket: the kernel lets go of it when its holder dies, however it
// dies, so there is no stale lock to judge.
import { createServer, type Server } from 'node:net';
import { errnoOf } from './errno.ts';
import { until } from './until.ts';

/** Runs `work` while no other process on this machine holds the lock `name`. */
export async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const server = await until(`lock ${name}`, () => tryLock(name), { within: 20 * 60_000, every: 200 });
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function tryLock(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (errnoOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(`\0${name}`, () => resolve(server));
  });
}
