// All commands, in the order in which help lists them.
import { addAssess } from './assess/command.ts';
import type { AddCommand } from './command.ts';
import { addStatus } from './status/command.ts';

export const COMMANDS: readonly AddCommand[] = [addAssess, addStatus];
