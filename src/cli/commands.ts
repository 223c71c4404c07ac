// All commands, in the order in which help lists them.
import { addAssess } from './assess/command.ts';
import { addAudit } from './audit/command.ts';
import { addChanges } from './change/command.ts';
import type { AddCommand } from './command.ts';
import { addExplain } from './explain/command.ts';
import { addPlan } from './plan/command.ts';
import { addReport } from './report/command.ts';
import { addStatus } from './status/command.ts';
import { addTrace } from './trace/command.ts';

export const COMMANDS: readonly AddCommand[] = [
  addAssess,
  addPlan,
  addStatus,
  addExplain,
  addChanges,
  addReport,
  addAudit,
  addTrace,
];
