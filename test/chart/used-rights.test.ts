// Exactly the rights that are needed: an operator that is held to those of the chart is refused nothing else, and without any one
// of them it would have been refused something. Its roles stand for themselves: without that of the preflight's reading, whose
// rights are needed to assess, a migration says what it has not seen, and goes on.
import { describe, expect, it } from 'vitest';
import { runCli } from '../assess/run-cli.ts';
import { allows, inWords, READING, rightsOf, type Question, type Right, type Shape } from './granted.ts';
import { heldOperator, NAMESPACE, type HeldOperator } from './held-operator.ts';
import { heldTo, USER, type Held } from './held.ts';

type Play = (operator: HeldOperator, held: Held) => Promise<void>;

function unneeded(rights: readonly Right[], { needed }: Held): readonly string[] {
  return rights.filter((right) => !needed.has(right)).map(inWords);
}

/** Resolves with what was not needed of what the operator's roles allow for. */
async function played(shape: Shape, play: Play): Promise<readonly string[]> {
  const all = rightsOf(shape, NAMESPACE);
  const [reading, own] = [all.filter(({ role }) => role === READING), all.filter(({ role }) => role !== READING)];
  const held = await heldTo(own);
  const operator = await heldOperator(held);
  try {
    await play(operator, held);
  } finally {
    await operator.close();
  }
  // The preflight asks all the same. Of the objects its own roles are about, the operator must not need the other one's rights.
  const isTheirs = (asked: Question): boolean => reading.some((right) => allows(right, asked));
  const isOurs = (asked: Question): boolean => own.some((right) => allows({ ...right, verb: asked.verb }, asked));
  expect(held.refused().filter((asked) => !isTheirs(asked) || isOurs(asked))).toEqual([]);
  return unneeded(own, held);
}

/** What was not seen stands in the way until somebody takes the responsibility for it. */
async function taken({ migrate, reaches }: HeldOperator, name: string, spec: object): Promise<void> {
  const accept = new Set<string>();
  await migrate(name, spec);
  await reaches(name, async ({ preflight, startedAt }) => {
    const blocking = preflight?.rules.filter(({ rule, blocking: blocks }) => blocks && !accept.has(rule)) ?? [];
    for (const { rule } of blocking) accept.add(rule);
    if (blocking.length > 0) await migrate(name, { ...spec, preflight: { accept: [...accept] } });
    return startedAt !== undefined;
  });
}

/** One node is broken, twice in a row; then it is repaired. */
async function migrated(operator: HeldOperator, { simulator }: Held, type: string): Promise<void> {
  const { mishaps, retry, reaches } = operator;
  mishaps.kubeProxyIsAnother();
  simulator.node('n1').cannotRun('nftables', 'no-nft');
  await taken(operator, 'm', { nodeAccess: { type } });
  await reaches('m', ({ phase }) => phase === 'RolledBack');
  await mishaps.recordOfAnother('m.n2');
  await retry('m');
  await reaches('m', ({ phase, attempt }) => phase === 'RolledBack' && attempt === 2);
  simulator.node('n1').cannotRun('nftables', undefined);
  await retry('m');
  await reaches('m', ({ phase }) => phase === 'Succeeded');
}

describe(
  'nothing is refused with these rights, and without any one of them something would be:',
  { timeout: 180_000 },
  () => {
    it('those to assess', async () => {
      const rights = rightsOf('assess-only', NAMESPACE);
      const held = await heldTo(rights);
      try {
        const kubeconfig = held.simulator.kubeconfig(USER);
        const { code, stdout } = await runCli(['assess', '-q', '--no-nodes'], { kubeconfig });
        expect(stdout).toContain('iptables: in force');
        expect(code).toBe(3);
      } finally {
        await held.simulator.close();
      }
      expect(held.refused()).toEqual([]);
      expect(unneeded(rights, held)).toEqual([]);
    });

    it('those of an operator that looks at no node', async () => {
      expect(await played('api-only', (operator, held) => migrated(operator, held, 'None'))).toEqual([]);
    });

    it('those of an operator with helper pods', async () => {
      const play: Play = async (operator, held) => {
        operator.mishaps.strangeHelpers('m');
        const listen = operator.mishaps.deafToHelpers();
        await Promise.all([migrated(operator, held, 'Pod'), listen()]);
      };
      expect(await played('helper-pods', play)).toEqual([]);
    });

    // No sshd is here: that a unit's mode is kept in a ConfigMap, made and changed, the VM's tests tell (test/lab/vm/ways.test.ts).
    it('those of SSH, as far as one gets without a machine', async () => {
      const ssh = { user: 'ops', port: 1, secretRef: { name: 'nodes-ssh' }, knownHosts: { name: 'known-hosts' } };
      const kubeProxy = { type: 'Systemd', systemd: { nodes: [{ name: 'edge', address: '127.0.0.1' }] } };
      const unneededRights = await played('ssh', async ({ migrate, reaches }) => {
        await migrate('m', { kubeProxy, nodeAccess: { type: 'SSH', ssh } });
        await reaches('m', ({ message = '' }) => message.includes('edge: '));
      });
      const ofSsh = rightsOf('ssh', NAMESPACE)
        .filter(({ role }) => role === 'proxymode-ssh')
        .map(inWords);
      expect(ofSsh.filter((right) => unneededRights.includes(right))).toEqual([
        'create configmaps in proxymode-system',
        'patch configmaps in proxymode-system',
      ]);
    });
  },
);
