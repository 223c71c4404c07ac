// `npm run demo`: what Proxymode does, shown in under a minute on a cluster that exists only in this process.
// Against a real cluster it is `npm start`.
import { inspect } from 'node:util';
import { systemClock, type Log } from 'kopf-ts';
import { runDemo } from './demo/run.ts';
import { openScreen } from './demo/screen.ts';

const { env, stdout } = process;

/** The operator's log would run through the picture; what goes wrong is shown at the end. */
const complaints: string[] = [];
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message, fields = {}) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
  child: () => log,
};

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  // `| head` goes away before the end.
  stdout.on('error', () => stop.abort());
  const colours = stdout.isTTY && stdout.hasColors() && !env['NO_COLOR'];
  const screen = openScreen({ stream: stdout, colours, dumb: env['TERM'] === 'dumb' });
  try {
    const asTold = await runDemo({ screen, clock: systemClock, log, signal: stop.signal });
    if (asTold) return 0;
    screen.say('', 'The cluster is not where the story ends. This is a defect of Proxymode or of its simulator.');
  } catch (error) {
    if (stop.signal.aborted) {
      screen.say('', 'Stopped. Nothing is left: the cluster was in this process.');
      return 130;
    }
    screen.say('', `The demo failed: ${inspect(error)}`);
  } finally {
    screen.close();
  }
  screen.say(...complaints);
  return 1;
}

process.exitCode = await main();
