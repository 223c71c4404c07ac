import { connect, createOperator, systemClock, type KubeObject, type Log, type Resource } from 'kopf-ts';

type Greeting = KubeObject & { readonly spec: { readonly to: string }; readonly status?: { readonly message: string } };
const GREETINGS: Resource<Greeting> = {
  group: 'example.dev',
  version: 'v1',
  plural: 'greetings',
  kind: 'Greeting',
  namespaced: true,
};

export async function runGreeter(kubeConfig: string, log: Log, signal: AbortSignal): Promise<void> {
  const me = 'greeter';
  const connection = connect({ kubeConfig, fieldManager: me, userAgent: `${me}/1.0`, clock: systemClock, log });
  const operator = createOperator({
    name: me,
    connection,
    clock: systemClock,
    log,
    leaderElection: { namespace: 'default', name: me },
  });

  operator.on.reconcile(GREETINGS, async ({ object, client, event }) => {
    if (object === undefined) return;
    const message = `Hello, ${object.spec.to}!`;
    if (object.status?.message === message) return;
    const { name, namespace } = object.metadata;
    await client.apply(GREETINGS, { metadata: { name, namespace }, status: { message } }, { subresource: 'status' });
    event({ regarding: object, type: 'Normal', reason: 'Greeted', action: 'Greet', note: message });
  });

  await operator.run(signal);
  await connection.close();
}
