// The catalogue on real nodes, second half; the first is in scenarios.test.ts.
import { STORIES } from '../scenarios/catalogue.ts';
import { playOnLab } from './play-on-lab.ts';

playOnLab(STORIES);
