// Services kube-proxy has nothing to do with: whoever counts its rules must not count these.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import type { Service } from '../facts/objects.ts';
import { clusterIps, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

const LABEL = 'service.kubernetes.io/service-proxy-name';

export const serviceProxyName: ClusterRule = {
  id: 'service-proxy-name',
  section: 1,
  scope: 'cluster',
  title: 'some Services are not handled by kube-proxy',
  verdicts: everyMode('info'),
  source: 'cmd/kube-proxy/app/server.go, label selector of the informers; pkg/proxy/util ShouldSkipService',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.services], (services) => {
      const others = services.filter((one) => one.metadata.labels?.[LABEL] !== undefined);
      const rest = services.filter((one) => !others.includes(one));
      const external = rest.filter(isExternalName);
      const headless = rest.filter((one) => !isExternalName(one) && clusterIps(one).length === 0);
      const kinds: readonly (readonly [string, readonly Service[]])[] = [
        ['Service of another proxy', others],
        ['headless Service', headless],
        ['ExternalName Service', external],
      ];
      const found = kinds.filter(([, all]) => all.length > 0).map(([kind, all]) => counted(kind, namesOf(all), 3));
      if (found.length === 0) return undefined;
      return { message: `kube-proxy makes no rules for these, in any mode: ${found.join('; ')}.` };
    }),
};

function isExternalName({ spec }: Service): boolean {
  return spec?.type === 'ExternalName';
}
