// The helper pod by which a node's kernel is read and changed: what it is made of. Pure; helper-pods.ts makes and removes it.
//
// It asks as little of the image as possible, because the image is whatever kube-proxy runs from: the distroless one since
// 1.25 has a shell and a handful of tools (cat, chmod, grep, ln, modprobe, rm), and no `ls`, `mv`, `tee`, `sysctl` or `base64`.
import { createHash } from 'node:crypto';
import type { KubeObject, OwnerReference, Resource } from 'kopf-ts';
import { GROUP } from '../api/names.ts';

export const PODS: Resource<HelperPod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const LABEL_MANAGED_BY = 'app.kubernetes.io/managed-by';
const LABEL_COMPONENT = 'app.kubernetes.io/component';
const MANAGED_BY = 'proxymode';
const COMPONENT = 'node-helper';
/** Finds every helper pod of the operator, whoever made it. */
export const HELPER_SELECTOR = `${LABEL_MANAGED_BY}=${MANAGED_BY},${LABEL_COMPONENT}=${COMPONENT}`;
/** One making of a pod: other than its name, no other pod ever has it. By it many are removed in one request. */
const LABEL_MAKING = `${GROUP}/making`;
/** What the pod was made from: one of another making is replaced, not reused. */
const ANNOTATION_DIGEST = `${GROUP}/digest`;
/** The image it was asked for with; in the spec stands what admission has made of it. */
const ANNOTATION_IMAGE = `${GROUP}/image`;

const ANNOTATION_MIRROR = 'kubernetes.io/config.mirror';

/** Where the node's root is mounted, read-only. */
const HOST = '/host';
const CONTAINER = 'helper';
/** Seconds. Whatever becomes of the operator, the kubelet ends the pod then. */
const LIFETIME = 900;
/** Nobody in particular: files are read without being root. */
const NOBODY = 65532;

/**
 * Waits for the end of its input, which never comes, or is told to stop; needs nothing but the shell, without which no
 * file could be written anyway. Where a runtime gives it no input, it sleeps.
 */
const WAIT = 'trap "exit 0" TERM; read -r _ || { sleep 86400 & wait; }';

/**
 * `reach`: nothing but the node's network, for what listens on its loopback. `read`: no privileges at all, which is enough
 * for files, modules and sysctls. `rules`: root with the two capabilities without which the kernel tells nobody its rules
 * (NET_ADMIN for nft, iptables and ipset, NET_RAW for the older iptables), and no file of the node. `inspect`: both. `write`:
 * privileged, for modprobe and /proc/sys; of the node's files only the named directories can be written, and they must exist.
 * `trial`: the only one with a network of its own, for a kube-proxy that is tried in it, which may read what a kube-proxy reads
 * from the API server; none of the node's files.
 */
export type HelperAccess =
  | { readonly kind: 'reach' }
  | { readonly kind: 'read' }
  | { readonly kind: 'rules' }
  | { readonly kind: 'inspect' }
  | { readonly kind: 'write'; readonly directories: readonly string[] }
  | {
      readonly kind: 'trial';
      /** nftables needs nothing but NET_ADMIN; iptables and ipvs set sysctls of their network, which only a privileged pod may. */
      readonly privileged: boolean;
      /** Seconds, in place of those in the settings. */
      readonly lifetime: number;
    };

/**
 * Of the pods in which kube-proxy is tried, in the operator's own namespace. It may list and watch what kube-proxy does, and write
 * nothing, not even events.
 */
export const TRIAL_ACCOUNT = 'proxymode-trial';

export type HelperSettings = {
  /** Of the operator, or as a person says. Its Pod Security level must be `privileged`: nearly every helper is on the host's network. */
  readonly namespace: string;
  /** In the same namespace, or of no namespace: when it is gone, garbage collection takes the pod. Without one it ends by its lifetime. */
  readonly owner?: OwnerReference;
  /** As the node's kube-proxy pod names it, so that it is there already. */
  readonly image: string;
  /** One that runs with another image serves as well: this one is only the best guess at what is on the node. */
  readonly orAnyImage?: boolean;
  readonly imagePullSecrets?: readonly string[];
  readonly serviceAccountName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of this making and no other: as a label's value. Left out, the pod can only be removed by itself. */
  readonly making?: string;
  /** Seconds, 900 by default. */
  readonly lifetime?: number;
};

type ContainerImage = { readonly image?: string; readonly [field: string]: unknown };

export type HelperPod = KubeObject & {
  readonly spec?: { readonly nodeName?: string; readonly containers?: readonly ContainerImage[] };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly {
      readonly state?: {
        readonly running?: object;
        readonly waiting?: { readonly reason?: string; readonly message?: string };
      };
    }[];
  };
};

/**
 * One for each node, access and owner (or making). The name is made from these, so that two operators in a row find the same
 * pod, and two owners never share one: it goes with either.
 */
export function helperPod(node: string, access: HelperAccess, settings: HelperSettings): HelperPod {
  const spec = specOf(node, access, settings);
  const wish = settings.orAnyImage === true ? specOf(node, access, { ...settings, image: '' }) : spec;
  const { owner, making = '' } = settings;
  return {
    metadata: {
      name: `proxymode-${access.kind}-${digest(`${owner?.uid ?? making} ${node}`)}`,
      namespace: settings.namespace,
      labels: {
        ...settings.labels,
        [LABEL_MANAGED_BY]: MANAGED_BY,
        [LABEL_COMPONENT]: COMPONENT,
        ...(settings.making === undefined ? {} : { [LABEL_MAKING]: settings.making }),
      },
      annotations: { [ANNOTATION_DIGEST]: digest(JSON.stringify(wish)), [ANNOTATION_IMAGE]: settings.image },
      ...(owner === undefined ? {} : { ownerReferences: [referenceTo(owner)] }),
    },
    spec,
  };
}

/** Without `controller` and `blockOwnerDeletion`: those would need rights on the owner. */
function referenceTo({ apiVersion, kind, name, uid }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid };
}

/**
 * Whether a pod found under the helper's name can be used in its place: by what it was asked for as, not by what admission has
 * made of it. Compared with that (an image from a mirror, say), no pod would ever do, and each would be replaced by the next.
 */
export function isSameHelper(found: HelperPod, wanted: HelperPod): boolean {
  // A kubelet can make any pod of its own node appear under any name.
  const isMirror = found.metadata.annotations?.[ANNOTATION_MIRROR] !== undefined;
  return !isMirror && [nodeOf, digestOf].every((what) => what(found) === what(wanted));
}

const nodeOf = ({ spec }: HelperPod): string | undefined => spec?.nodeName;
const imageOf = ({ spec }: HelperPod): string | undefined => spec?.containers?.[0]?.image;
const digestOf = ({ metadata }: HelperPod): string | undefined => metadata.annotations?.[ANNOTATION_DIGEST];

const askedImageOf = ({ metadata }: HelperPod): string | undefined => metadata.annotations?.[ANNOTATION_IMAGE];

/** Whether it was asked for with another image: one that does not start may start with this one. */
export function hasOtherImage(found: HelperPod, wanted: HelperPod): boolean {
  return askedImageOf(found) !== askedImageOf(wanted);
}

/** A sentence when admission has put another image in place of the one that was asked for; it may be why a pod does not run. */
export function imageReplaced(found: HelperPod): string | undefined {
  const [image, asked] = [imageOf(found), askedImageOf(found)];
  return image === asked ? undefined : `its image was ${asked}, and something in the cluster has made it ${image}`;
}

export function makingOf({ metadata }: HelperPod): string | undefined {
  return metadata.labels?.[LABEL_MAKING];
}

/** Exactly these, whatever has come under their names since. */
export function selectorOf(makings: readonly string[]): string {
  return `${HELPER_SELECTOR},${LABEL_MAKING} in (${makings.join(',')})`;
}

export function isHelper(pod: HelperPod): boolean {
  const { labels } = pod.metadata;
  return labels?.[LABEL_MANAGED_BY] === MANAGED_BY && labels[LABEL_COMPONENT] === COMPONENT;
}

/** A file of the node, as a process in the helper names it. /proc and /sys are the helper's own, which show the node's kernel. */
export function pathInHelper(hostPath: string): string {
  if (/^\/(proc|sys)(\/|$)/.test(hostPath)) return hostPath;
  return hostPath === '/' ? HOST : HOST + hostPath;
}

type Spec = NonNullable<HelperPod['spec']> & Readonly<Record<string, unknown>>;

function specOf(node: string, access: HelperAccess, settings: HelperSettings): Spec {
  const volumes = volumesOf(access);
  const isTrial = access.kind === 'trial';
  const account = isTrial ? TRIAL_ACCOUNT : settings.serviceAccountName;
  return {
    // Not by affinity: the scheduler would leave out a cordoned or full node, and may itself depend on Services.
    nodeName: node,
    tolerations: [{ operator: 'Exists' }],
    // /proc/sys/net and the kube-proxy on 127.0.0.1 are those of the network namespace one is in.
    hostNetwork: !isTrial,
    restartPolicy: 'Never',
    activeDeadlineSeconds: isTrial ? access.lifetime : (settings.lifetime ?? LIFETIME),
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: isTrial,
    enableServiceLinks: false,
    ...(account === undefined ? {} : { serviceAccountName: account }),
    ...(settings.imagePullSecrets === undefined
      ? {}
      : { imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })) }),
    containers: [
      {
        name: CONTAINER,
        image: settings.image,
        imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh', '-c', WAIT],
        stdin: true,
        ...(isTrial ? { env: ADDRESSES } : {}),
        securityContext: securityOf(access),
        volumeMounts: volumes.map(({ mount }) => mount),
      },
    ],
    volumes: volumes.map(({ volume }) => volume),
  };
}

const CONFINED = {
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const UNPRIVILEGED = {
  ...CONFINED,
  runAsNonRoot: true,
  runAsUser: NOBODY,
  runAsGroup: NOBODY,
  capabilities: { drop: ['ALL'] },
};

/** Root also where the image says otherwise. */
const ROOT = { runAsUser: 0, runAsGroup: 0 };

/** By which a process knows whether it is on the node's network. */
const ADDRESSES = ['POD_IP', 'HOST_IP'].map((name) => ({
  name,
  valueFrom: { fieldRef: { fieldPath: name === 'POD_IP' ? 'status.podIP' : 'status.hostIP' } },
}));

function securityOf(access: HelperAccess): object {
  switch (access.kind) {
    case 'reach':
    case 'read':
      return UNPRIVILEGED;
    case 'rules':
    case 'inspect':
      return { ...CONFINED, ...ROOT, capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] } };
    case 'write':
      return { ...ROOT, privileged: true, readOnlyRootFilesystem: true };
    case 'trial':
      // The image's iptables chooses between its two kinds when it first runs, by links it puts into the image.
      if (access.privileged) return { ...ROOT, privileged: true };
      return { ...CONFINED, ...ROOT, capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } };
  }
}

/**
 * The whole root, read-only, and not only what is read of it: half of those places (/boot, /run/NetworkManager, /etc/containerd,
 * /lib on some systems) need not exist, and a hostPath that is not there either fails the pod (type Directory) or is made on the
 * node by the container runtime (no type, DirectoryOrCreate). What remains when those are left out, /etc and /usr, has the
 * control plane's keys anyway.
 */
function volumesOf(access: HelperAccess): readonly { readonly volume: object; readonly mount: object }[] {
  if (access.kind === 'reach' || access.kind === 'rules') return [];
  if (access.kind === 'trial')
    return [{ volume: { name: 'tmp', emptyDir: {} }, mount: { name: 'tmp', mountPath: '/tmp' } }];
  const directories = access.kind === 'write' ? access.directories : [];
  return [
    {
      volume: { name: 'host', hostPath: { path: '/', type: 'Directory' } },
      // What is mounted below the root is read-only, too, where the cluster knows that (from 1.31 on).
      mount: { name: 'host', mountPath: HOST, readOnly: true, recursiveReadOnly: 'IfPossible' },
    },
    ...directories.map((path, index) => ({
      volume: { name: `write-${index}`, hostPath: { path, type: 'Directory' } },
      mount: { name: `write-${index}`, mountPath: pathInHelper(path) },
    })),
  ];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
