// What tests of migrations on the VM begin with: the VM as installed, and an operator for each of them.
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';
import { migrationsOn, patience, type Migrations } from './migrations.ts';
import { unitOn, type UnitOnVm } from './unit.ts';
import { vmUp, type Vm } from './vm.ts';

// There from the first test on.
export let vm: Vm;
export let unit: UnitOnVm;
export let migrations: Migrations;
/** What kube-proxy's file says as installed. */
export let original: string;

let operator: OperatorProcess | undefined;

/** To be called once in a file, before its tests. */
export function unitTests(): void {
  beforeAll(async () => {
    vm = await vmUp({ pristine: true, log: (line) => console.log(line) });
    unit = unitOn(vm);
    migrations = await migrationsOn(vm);
    original = await unit.config();
  });

  beforeEach(() => {
    operator = migrations.startOperator();
  });

  afterEach(async () => {
    if (operator?.running === true) await operator.stop();
  });

  afterAll(() => migrations.close());
}

/** Kills the operator of this test; resolves when another leads in its place. */
export async function replaceOperator(): Promise<void> {
  await operator?.kill();
  const next = migrations.startOperator();
  operator = next;
  await until('the operator to lead', () => next.leading, patience);
}
