// What a process in a container sees of its node's files: the hostPath mounts, and /proc and /sys, which are the node's in a
// pod on the host network.
import type { PodSpec } from './pod-objects.ts';

export type ContainerView = {
  readonly privileged: boolean;
  /** Where a path lies on the node; undefined when it belongs to the image. */
  locate(path: string): { readonly path: string; readonly writable: boolean } | undefined;
};

export function containerView(spec: PodSpec): ContainerView {
  const container = spec.containers[0];
  const privileged = container?.securityContext?.privileged === true;
  const mounts = (container?.volumeMounts ?? [])
    .flatMap(({ name, mountPath, readOnly }) => {
      const source = spec.volumes?.find((volume) => volume.name === name)?.hostPath?.path;
      return source === undefined ? [] : [{ at: plain(mountPath), source: plain(source), writable: readOnly !== true }];
    })
    .toSorted((a, b) => b.at.length - a.at.length);
  return {
    privileged,
    locate(path) {
      if (/^\/(proc|sys)\//.test(path)) return { path, writable: privileged };
      const mount = mounts.find(({ at }) => path === at || path.startsWith(`${at}/`));
      return mount && { path: mount.source + path.slice(mount.at.length), writable: mount.writable };
    },
  };
}

/** Without a slash at the end; the root is ''. */
function plain(path: string): string {
  return path.replace(/\/+$/, '');
}
