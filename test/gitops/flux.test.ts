// The health checks of docs/gitops/flux-kustomization.yaml in a real CEL, with a migration in every phase, asked in Flux's order: in
// progress, failed, current. The object's fields are the variables.
import { evaluate } from '@marcbachmann/cel-js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { recorded, RECORDED, shipped, type Recorded } from './recorded.ts';

type Check = { readonly inProgress: string; readonly failed: string; readonly current: string };
type Kustomization = { readonly spec: { readonly healthCheckExprs: readonly [Check] } };

const [check] = (parse(shipped('flux-kustomization.yaml')) as Kustomization).spec.healthCheckExprs;

/** An object without status: Flux knows the variable, and it is empty. */
function verdict({ metadata, spec, status = {} }: Recorded): string {
  const order = ['inProgress', 'failed', 'current'] as const;
  return order.find((name) => evaluate(check[name], { metadata, spec, status }) === true) ?? 'inProgress';
}

it.each([
  ['untouched', 'inProgress'],
  ['stale', 'inProgress'],
  ['Pending', 'inProgress'],
  ['Planned', 'current'],
  ['Progressing', 'inProgress'],
  ['Paused', 'inProgress'],
  ['RollingBack', 'inProgress'],
  ['Succeeded', 'current'],
  ['RolledBack', 'failed'],
  ['Failed', 'failed'],
  ['Blocked', 'failed'],
])('for Flux, %s is %s', (name, wanted) => {
  expect(verdict(recorded(name))).toBe(wanted);
});

it('each recording was asked about', () => {
  expect(RECORDED.size).toBe(11);
});
