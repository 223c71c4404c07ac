// What a plan is carried out with.
import type { Client, EventInput } from 'kopf-ts';
import type { ProxyModeMigration } from '../api/kinds.ts';
import type { Located } from '../kubeproxy/locate.ts';
import type { Plan } from '../rollout/decision.ts';
import type { PodFacts } from '../rollout/observed.ts';

export type Hands = {
  readonly client: Client;
  readonly migration: ProxyModeMigration;
  /** Where kube-proxy is; `undefined` while that is not known, and then no plan asks for an effect. */
  readonly kubeProxy: Located | undefined;
  /** Replaces a kube-proxy that is a unit of systemd, in the background; pods are deleted. */
  readonly replace?: ((unit: PodFacts) => void) | undefined;
  /** Writes the migration's status if there is something to say; resolves with the time until a held-back write is due. */
  readonly report: (plan: Plan) => Promise<number | undefined>;
  readonly event: (event: EventInput) => void;
};
