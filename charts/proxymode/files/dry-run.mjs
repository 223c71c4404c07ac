// What `helm test` runs, with the operator's own image: a migration with dryRun: true, and what the operator answers to it.
// Ends with 0 when the operator has looked at the cluster and come to a verdict, whichever that is; nothing is changed.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const [name, mode, nodeAccess, seconds, host, port] = process.argv.slice(2);
const collection = `https://${host.includes(':') ? `[${host}]` : host}:${port}/apis/proxymode.dev/v1alpha1/proxymodemigrations`;
const object = `${collection}/${name}`;
/** With these the operator has read the nodes; any other says that it could not, or has not yet. */
const VERDICTS = ['DryRun', 'PreflightBlocked', 'ModeUnsupported'];

/** Resolves with the status and the body. A connection that breaks is tried again: kube-proxies may be restarting. */
async function ask(method, url, body) {
  const token = await readFile('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
      return { status: answer.status, body: await answer.json() };
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(1000);
    }
  }
}

function must({ status, body }, doing) {
  if (status >= 300) throw new Error(`${doing}: ${status} ${body.message}`);
  return body;
}

async function remove() {
  const { status, body } = await ask('DELETE', object);
  if (status !== 404) must({ status, body }, `deleting ${name}`);
}

async function verdict() {
  const deadline = Date.now() + Number(seconds) * 1000;
  let last = 'nothing at all: is the operator running?';
  while (Date.now() < deadline) {
    const { metadata, status = {} } = must(await ask('GET', object), `reading ${name}`);
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    if (ready !== undefined) last = `${status.phase} (${ready.reason}): ${status.message}`;
    if (status.observedGeneration === metadata.generation && VERDICTS.includes(ready?.reason)) return last;
    await sleep(500);
  }
  throw new Error(`no verdict within ${seconds} s; the operator said ${last}`);
}

await remove();
must(
  await ask('POST', collection, {
    apiVersion: 'proxymode.dev/v1alpha1',
    kind: 'ProxyModeMigration',
    metadata: { name },
    spec: { mode, dryRun: true, nodeAccess: { type: nodeAccess } },
  }),
  `making ${name}`,
);
try {
  process.stdout.write(`${await verdict()}\n`);
} finally {
  await remove();
}
