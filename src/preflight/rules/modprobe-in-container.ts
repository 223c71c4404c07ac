// kube-proxy loads ip_vs by itself, when it starts ipvs mode and when it cleans up after it. In a container that may not load modules it does
// neither, and says nothing.
import { isOlder } from '../facts/image.ts';
import type { KubeProxyPlace } from '../facts/cluster.ts';
import type { Container } from '../facts/objects.ts';
import { runsKubeProxy } from '../../kubeproxy/command-line.ts';
import { kernelCommands } from '../../kubeproxy/kernel-needs-text.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const modprobeInContainer: ClusterRule = {
  id: 'modprobe-in-container',
  section: 7,
  scope: 'cluster',
  title: "kube-proxy's container cannot load kernel modules",
  verdicts: { ipvs: 'warn', nftables: 'warn' },
  source: 'k/k PR 131243; AKS release notes, 1.30: kube-proxy without privileged',
  check: ({ cluster, target, from }) =>
    given([cluster.kubeProxy.place], (place) => {
      const container = containerOf(place);
      const why = container === undefined ? undefined : obstacle(container);
      if (why === undefined) return undefined;
      if (target === 'ipvs')
        return {
          message: `kube-proxy's container ${why}: it cannot load ip_vs. Modules that are not loaded on a node beforehand are not there.`,
          fix: `Let the operator load them (spec.preflight.kernelModules: Load), or on each node:\n${kernelCommands({ modules: ['ip_vs', 'ip_vs_rr'], sysctls: [] }, { persist: true }).join('\n')}`,
        };
      return given([leaving(from)], (mode) => {
        const version = valueOr(cluster.kubeProxy.version, undefined)?.parsed;
        // Before 1.34 the clean-up did not ask modprobe.
        if (mode !== 'ipvs' || (version !== undefined && isOlder(version, 1, 34))) return undefined;
        return {
          message: `kube-proxy's container ${why}: in nftables mode it then skips cleaning up after ipvs, without a word, and kube-ipvs0 and the virtual servers stay.`,
          fix: "Give the container securityContext.privileged: true (or the capability SYS_MODULE) and the host's /lib/modules, read-only. Afterwards on each node: grep kube-ipvs0 /proc/net/dev must find nothing.",
        };
      });
    }),
};

function containerOf(place: KubeProxyPlace): Container | undefined {
  switch (place.kind) {
    case 'daemonSet':
      return place.container;
    case 'unresolved':
      return place.daemonSet?.spec?.template?.spec?.containers?.find(runsKubeProxy);
    case 'staticPods':
      return place.pods[0]?.spec?.containers?.find(runsKubeProxy);
    case 'onNodes':
    case 'absent':
      return undefined;
  }
}

function obstacle({ securityContext, volumeMounts }: Container): string | undefined {
  const added = securityContext?.capabilities?.add ?? [];
  const may = securityContext?.privileged === true || added.some((one) => /^(?:CAP_)?SYS_MODULE$|^ALL$/.test(one));
  if (!may) return 'is neither privileged nor has SYS_MODULE';
  const mounted =
    volumeMounts?.some(({ mountPath }) => /^\/(?:lib|usr\/lib)(?:\/modules)?\/?$/.test(mountPath ?? '')) === true;
  return mounted ? undefined : "does not mount the host's /lib/modules";
}
