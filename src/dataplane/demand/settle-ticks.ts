// How long virtual servers keep their clients, where only ticks are known: the rate that fits the most Services is taken.
import { serverKey, type VirtualServer, type VirtualServers } from '../rules/ipvs.ts';
import { TICKS, USUAL_TICKS } from '../rules/kernel-ticks.ts';
import { demandedServers } from './ipvs-objects.ts';
import type { Demand } from './demand.ts';

export function settleTicks(demand: Demand, found: VirtualServers): VirtualServers {
  const kept = [...found.servers.values()].filter(({ persistentTicks }) => persistentTicks !== undefined);
  if (kept.length === 0) return found;
  const due = demandedServers(demand);
  const fits = (server: VirtualServer, rate: number): boolean =>
    secondsAt(server, rate) === due.get(serverKey(server))?.port.affinitySeconds;
  const scores = TICKS.map((rate) => ({ rate, score: kept.filter((server) => fits(server, rate)).length }));
  // The first of the best: the usual one, where nothing tells.
  const best = Math.max(...scores.map(({ score }) => score));
  const rate = scores.find(({ score }) => score === best)?.rate ?? USUAL_TICKS;
  const settled = [...found.servers].map(([key, server]): [string, VirtualServer] => [
    key,
    { ...server, persistentSeconds: secondsAt(server, rate) },
  ]);
  return { ...found, servers: new Map(settled) };
}

function secondsAt({ persistentTicks, persistentSeconds }: VirtualServer, rate: number): number | undefined {
  return persistentTicks === undefined ? persistentSeconds : persistentTicks / rate;
}
