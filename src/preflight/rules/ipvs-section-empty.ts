// Without an ipvs section, ipvs mode runs with its defaults: what somebody may have wanted otherwise has to be said before.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { configFor, isSet } from './shared-config.ts';

export const ipvsSectionEmpty: ClusterRule = {
  id: 'ipvs-section-empty',
  section: 8,
  scope: 'cluster',
  title: 'the configuration has no ipvs section',
  verdicts: { ipvs: 'info' },
  source: 'pkg/proxy/apis/config/v1alpha1/defaults.go',
  onlyForward: true,
  check: (context) =>
    given([configFor(context)], (config) =>
      context.from === 'ipvs' || isSet(config.at(['ipvs']))
        ? undefined
        : {
            message:
              'Nothing is set for ipvs: the scheduler is rr, strictARP is off, and no virtual servers of others are spared.',
            fix: '# in the ProxyModeMigration, if you want something else\nspec:\n  config:\n    ipvs:\n      scheduler: rr\n      strictARP: true\n      excludeCIDRs: []',
          },
    ),
};
