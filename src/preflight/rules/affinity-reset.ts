// Which client goes to which endpoint is remembered by each mode in a place of its own.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const affinityReset: ClusterRule = {
  id: 'affinity-reset',
  section: 9,
  scope: 'cluster',
  title: 'Services remember their clients (sessionAffinity ClientIP)',
  verdicts: everyMode('warn'),
  source: 'pkg/proxy: xt_recent, ipvs persistence, nftables sets',
  check: ({ cluster, target, from }) =>
    given([cluster.services], (services) => {
      if (target === from) return undefined;
      const users = services.filter(({ spec }) => spec?.sessionAffinity === 'ClientIP');
      if (users.length === 0) return undefined;
      return {
        message: `${counted('Service', namesOf(users))} with sessionAffinity ClientIP: on each node it starts anew, and clients may come to another endpoint.`,
        fix: 'If sessions are kept in the memory of single pods, switch at a quiet hour, or keep them elsewhere for that time.',
      };
    }),
};
