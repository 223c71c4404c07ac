// The events.k8s.io/v1 Event of an EventInput, within the API's limits. Pure.
import { microTime } from '../micro-time.ts';
import type { EventInput, KubeObject, Resource } from '../types.ts';

export type EventSeries = { readonly count: number; readonly lastObservedTime: string };

export type EventObject = KubeObject & {
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: Readonly<Record<string, string>>;
  readonly note: string;
  readonly type: 'Normal' | 'Warning';
  readonly series?: EventSeries;
};

export const EVENTS: Resource<EventObject> = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** Limits of the events.k8s.io API (pkg/apis/core/validation/events.go). */
const LONGEST_NOTE = 1024;
const LONGEST_WORD = 128;
const LONGEST_NAME = 253;

export type Reporter = { readonly controller: string; readonly instance: string };

/** @param suffix makes the name unique among the events about the same object. */
export function eventObject(input: EventInput, reporter: Reporter, now: number, suffix: string): EventObject {
  const { regarding } = input;
  const { name, namespace, uid, resourceVersion } = regarding.metadata;
  return {
    // Events about cluster-scoped objects live in `default`.
    metadata: {
      name: `${name.slice(0, LONGEST_NAME - suffix.length - 1)}.${suffix}`,
      namespace: namespace ?? 'default',
    },
    eventTime: microTime(now),
    reportingController: reporter.controller,
    reportingInstance: cut(reporter.instance, LONGEST_WORD),
    action: cut(input.action, LONGEST_WORD),
    reason: cut(input.reason, LONGEST_WORD),
    regarding: present({
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    }),
    note: cut(input.note, LONGEST_NOTE),
    type: input.type,
  };
}

/** What makes two events the same one happening again. */
export function seriesKey(input: EventInput): string {
  const { metadata, kind } = input.regarding;
  return JSON.stringify([
    metadata.uid ?? [kind, metadata.namespace, metadata.name],
    input.type,
    input.reason,
    input.action,
    input.note,
  ]);
}

/** Cut to so many bytes of UTF-8 (the API counts bytes), without splitting a character. */
function cut(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let kept = '';
  let size = 3;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > limit) break;
    kept += character;
  }
  return `${kept}…`;
}

function present(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
