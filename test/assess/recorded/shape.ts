// kube-proxy as installers leave it, from the simulator's shapes, with the values of one cluster put in.
import type { ConfigMap, DaemonSet } from '../../../src/preflight/facts/objects.ts';
import { SHAPES, type ShapeName } from '../../../src/simulator/world/shapes/shapes.ts';

export type ShapeChoice = {
  readonly name: ShapeName;
  readonly version: string;
  /** As in the configuration; '' allowed. */
  readonly mode: string;
  /** Texts in the ConfigMaps that are others in this cluster. Each has to be there. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Added to the DaemonSet's and the ConfigMaps' metadata. */
  readonly labels?: Readonly<Record<string, string>>;
};

export function shapeOf({ name, version, mode, replace = {}, labels = {} }: ShapeChoice): {
  readonly daemonSets: readonly DaemonSet[];
  readonly configMaps: readonly ConfigMap[];
} {
  const shape = SHAPES[name]({ mode, version });
  const daemonSet = shape.daemonSet as unknown as DaemonSet;
  const configMaps = shape.configMaps as unknown as readonly ConfigMap[];
  const all = JSON.stringify(configMaps);
  const missing = Object.keys(replace).find((text) => !all.includes(JSON.stringify(text).slice(1, -1)));
  if (missing !== undefined) throw new Error(`the shape ${name} has no ${JSON.stringify(missing)}`);
  return {
    daemonSets: [labelled(daemonSet, labels)],
    configMaps: configMaps.map((one) => labelled({ ...one, data: replaced(one.data ?? {}, replace) }, labels)),
  };
}

function labelled<T extends DaemonSet | ConfigMap>(object: T, labels: Readonly<Record<string, string>>): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}

function replaced(
  data: NonNullable<ConfigMap['data']>,
  replace: Readonly<Record<string, string>>,
): NonNullable<ConfigMap['data']> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [
      key,
      Object.entries(replace).reduce((done, [from, to]) => done.replaceAll(from, to), text),
    ]),
  );
}
