// The `on` of an operator: turns registrations into handler records, grouped so that everything about one object of one
// resource, selection and projection goes through one queue and is serialised there.
import type { CacheHub } from './cache/cache-hub.ts';
import type { Registrations, WatchOptions } from './options.ts';
import { createController, type Controller, type ControllerParts } from './reconcile/controller.ts';
import type { HandlerRecord } from './reconcile/handler-record.ts';
import { resourceKey } from './resource-key.ts';
import type { Handler, KubeObject, Resource, Selection } from './types.ts';

export type Registry = { readonly on: Registrations; readonly controllers: readonly Controller[] };

type Group = { readonly key: string; readonly project: unknown; readonly controller: Controller };

/** @param mayRegister throws when it is too late. */
export function createRegistrations(hub: CacheHub, parts: ControllerParts, mayRegister: () => void): Registry {
  const groups: Group[] = [];
  let handlers = 0;

  function controllerFor<T extends KubeObject>(resource: Resource<T>, options: WatchOptions<T>): Controller {
    const { selection = {}, project } = options;
    const key = `${resourceKey(resource)} ${JSON.stringify(selectionFields(selection))}`;
    const known = groups.find((group) => group.key === key && group.project === project);
    if (known !== undefined) return known.controller;
    const name = controllerName(resource, groups);
    const controller = createController(
      {
        name,
        // A controller handles objects of a kind it does not know: the handler's T comes back out as it went in.
        resource,
        selection,
        ...(project === undefined ? {} : { project: project as unknown as (object: KubeObject) => KubeObject }),
      },
      parts,
    );
    groups.push({ key, project, controller });
    return controller;
  }

  function add<T extends KubeObject>(
    resource: Resource<T>,
    handler: Handler<T>,
    options: WatchOptions<T>,
    record: Omit<HandlerRecord, 'id' | 'handler'>,
  ): void {
    mayRegister();
    handlers += 1;
    controllerFor(resource, options).add({
      ...record,
      id: String(handlers),
      handler: handler as unknown as Handler<KubeObject>,
    });
  }

  return {
    on: {
      reconcile: (resource, handler, options = {}) =>
        add(resource, handler, options, {
          cause: 'reconcile',
          ...(options.resync === undefined ? {} : { resync: options.resync }),
        }),
      create: (resource, handler, options = {}) => add(resource, handler, options, { cause: 'create' }),
      resume: (resource, handler, options = {}) => add(resource, handler, options, { cause: 'resume' }),
      update: (resource, handler, options = {}) => add(resource, handler, options, { cause: 'update' }),
      delete: (resource, handler, options = {}) =>
        add(resource, handler, options, {
          cause: 'delete',
          ...(options.finalizer === undefined ? {} : { finalizer: options.finalizer }),
        }),
      timer: (resource, handler, options) =>
        add(resource, handler, options, {
          cause: 'timer',
          interval: options.interval,
          initialDelay: options.initialDelay ?? 0,
        }),
      event(resource, listener, options = {}) {
        mayRegister();
        hub.open(resource, { ...options, onEvent: listener });
      },
    },
    get controllers() {
      return groups.map((group) => group.controller);
    },
  };
}

/** The lower-cased kind, as controller-runtime names its controllers; numbered when a kind has several. */
function controllerName(resource: Resource, groups: readonly Group[]): string {
  const same = groups.filter((group) => resourceKey(group.controller.resource) === resourceKey(resource)).length;
  return same === 0 ? resource.kind.toLowerCase() : `${resource.kind.toLowerCase()}-${same + 1}`;
}

function selectionFields({ namespace, labelSelector, fieldSelector }: Selection): readonly (string | undefined)[] {
  return [namespace, labelSelector, fieldSelector];
}
