// helm, built from its Go module and kept in the lab's cache. Needs Go, but neither root nor a lab.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './binaries.ts';
import { locked } from './lock.ts';
import { cache } from './place.ts';
import { must, run, type Outcome, type RunOptions } from './run.ts';

const version = 'v4.3.1';
const directory = join(cache, 'helm', version);

/** The chart as it stands in this checkout. */
export const CHART = join(import.meta.dirname, '../../charts/proxymode');

export async function ensureHelm(log: (line: string) => void): Promise<void> {
  await locked('proxymode-lab-helm', () =>
    ensure(directory, async (partial) => {
      log(`building helm ${version} from source: about 3 minutes with an empty Go cache`);
      // Go's own installer puts it where no PATH of a service or a cron job looks
      const path = `${process.env['PATH']}:/usr/local/go/bin`;
      const env = { ...process.env, CGO_ENABLED: '0', GOBIN: partial, GOFLAGS: '', PATH: path };
      // aside from any module: the versions are then those helm was released with, under the checksums of Go's database
      await must(['go', 'install', '-trimpath', '-ldflags=-s -w', `helm.sh/helm/v4/cmd/helm@${version}`], {
        cwd: partial,
        env,
      });
    }),
  );
}

/** Without a kubeconfig it talks to no cluster. */
export function helm(args: readonly string[], { env = {}, ...options }: RunOptions = {}): Promise<Outcome> {
  return run([join(directory, 'helm'), ...args], { ...options, env: { ...process.env, ...homes(), ...env } });
}

/** Nothing of whoever runs the tests: no plugins, no repositories, no kubeconfig. */
function homes(): NodeJS.ProcessEnv {
  const home = join(cache, 'helm', 'home');
  mkdirSync(home, { recursive: true });
  const places = ['HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'HELM_DATA_HOME'];
  return { KUBECONFIG: '/dev/null', ...Object.fromEntries(places.map((name) => [name, home])) };
}
