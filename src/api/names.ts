// Every name that is visible on the wire, in one place: group, kinds, labels, annotations, finalizer, field manager.

export const GROUP = 'proxymode.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Held while the ConfigMap's original bytes are needed; see ARCHITECTURE.md, "Deletion". */
export const FINALIZER = `${GROUP}/restore`;
/** On a NodeMigration: the name of its ProxyModeMigration. */
export const LABEL_MIGRATION = `${GROUP}/migration`;
/** On a ProxyModeMigration: any new value makes a stopped migration try again (as Flux's reconcile.fluxcd.io/requestedAt). */
export const ANNOTATION_RETRY = `${GROUP}/retry`;

export const FIELD_MANAGER = 'proxymode';
