// A file mounted by subPath is copied when the pod starts and never again.
import { configPath } from '../../kubeproxy/command-line.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { inDaemonSet } from './shared-kube-proxy.ts';

export const subpathConfigMount: ClusterRule = {
  id: 'subpath-config-mount',
  section: 1,
  scope: 'cluster',
  title: "kube-proxy's configuration is mounted by subPath",
  verdicts: everyMode('warn'),
  source: 'kubernetes.io/docs/concepts/storage/volumes, using subPath',
  onlyForward: true,
  check: ({ cluster }) =>
    inDaemonSet(cluster, ({ container, located }) => {
      const path = configPath(container);
      const mount = container.volumeMounts?.find(
        ({ mountPath, subPath = '' }) => subPath !== '' && path !== undefined && isAt(path, mountPath),
      );
      if (path === undefined || mount === undefined) return undefined;
      const folder = path.slice(0, path.lastIndexOf('/')) || '/';
      return {
        message: `Container ${container.name} mounts ${mount.mountPath} with subPath ${mount.subPath}: a change of ConfigMap ${located.configMap} never reaches a running pod, not even after minutes, and a container that restarts in its old pod reads the old file.`,
        fix: [
          'Nothing has to be done for a migration, which makes new pods. To have changes arrive:',
          'volumeMounts:',
          `- name: ${mount.name}`,
          `  mountPath: ${folder}   # without subPath`,
        ].join('\n'),
      };
    }),
};

function isAt(path: string, mountPath: string): boolean {
  const folder = mountPath.replace(/\/+$/, '');
  return path === folder || path.startsWith(`${folder}/`);
}
