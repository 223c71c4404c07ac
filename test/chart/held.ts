// The simulator, holding one user to the rights of the chart: what that user was refused, and which of the rights it needed.
import { connect, scaledClock, type Connection, type Log } from 'kopf-ts';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { resourceName, type LoggedRequest } from '../../src/simulator/apiserver/request-log.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { allows, type Question, type Right } from './granted.ts';

export const USER = 'proxymode';
/** Every user may ask what it may do. */
const EVERYBODYS = 'selfsubjectaccessreviews';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

export type Held = {
  readonly simulator: Simulator;
  dial(user: string): Connection;
  /** Those without which something that was asked for would have been refused. */
  readonly needed: ReadonlySet<Right>;
  /** Each once. */
  refused(): readonly Question[];
};

export async function heldTo(rights: readonly Right[]): Promise<Held> {
  const clock = scaledClock(10);
  const nodes = [{ name: 'n1', controlPlane: true }, { name: 'n2' }];
  const simulator = await startSimulator({ clock, nodes, mode: 'iptables', crds: crdYaml().map(({ text }) => text) });
  const needed = new Set<Right>();
  const refused = new Map<string, Question>();
  simulator.api.hold(USER, (request) => {
    if (request.resource === EVERYBODYS) return true;
    const asked = questionOf(request);
    const [allowing, another] = rights.filter((right) => allows(right, asked));
    if (allowing === undefined) refused.set(JSON.stringify(asked), asked);
    else if (another === undefined) needed.add(allowing);
    return allowing !== undefined;
  });
  return {
    simulator,
    dial: (user) =>
      connect({ kubeConfig: simulator.kubeconfig(user), fieldManager: user, userAgent: user, clock, log: quiet }),
    needed,
    refused: () => [...refused.values()],
  };
}

function questionOf(request: LoggedRequest): Question {
  const { verb, group, namespace, name } = request;
  return { verb, group, resource: resourceName(request), namespace, name };
}
