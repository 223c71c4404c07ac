// A file of its own for each story: vitest plays files side by side.
import { everyWrite } from './every-write.ts';
import { SWITCHED } from './story.ts';

everyWrite(SWITCHED);
