// The cluster a command speaks to, chosen as kubectl chooses it: --kubeconfig, KUBECONFIG, ~/.kube/config, a service account.
import { KubeConfig } from '@kubernetes/client-node';
import { CommandError } from './command-error.ts';

/** Where client-node's own search ends when it finds nothing. */
const NOWHERE = 'http://localhost:8080';

export type ClusterChoice = { readonly kubeconfig?: string | undefined; readonly context?: string | undefined };

export type ChosenCluster = {
  readonly kubeConfig: KubeConfig;
  /** The URL of the API server. */
  readonly server: string;
  readonly context: string;
  /** The context's own. */
  readonly namespace: string;
};

/** Throws CommandError. */
export function chooseCluster({ kubeconfig, context }: ClusterChoice): ChosenCluster {
  const kubeConfig = read(kubeconfig);
  if (context !== undefined) {
    const known = kubeConfig.getContexts().map(({ name }) => name);
    if (!known.includes(context))
      throw new CommandError(`the kubeconfig has no context ${JSON.stringify(context)}; it has: ${known.join(', ')}`);
    kubeConfig.setCurrentContext(context);
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined || server === NOWHERE)
    throw new CommandError('no cluster to look at: set KUBECONFIG, or name a file with --kubeconfig');
  const current = kubeConfig.getCurrentContext();
  const namespace = kubeConfig.getContextObject(current)?.namespace ?? 'default';
  return { kubeConfig, server, context: current, namespace };
}

function read(path: string | undefined): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    if (path === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(path);
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new CommandError(`the kubeconfig cannot be read: ${reason}`, { cause: error });
  }
  return kubeConfig;
}
