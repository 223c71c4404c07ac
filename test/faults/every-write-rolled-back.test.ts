// A file of its own for each story: vitest plays files side by side.
import { everyWrite } from './every-write.ts';
import { ROLLED_BACK } from './story.ts';

everyWrite(ROLLED_BACK);
