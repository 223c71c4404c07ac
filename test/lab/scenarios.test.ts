// The catalogue on real nodes, first half; the second is in stories.test.ts, so that two labs share the work.
import { ROADS } from '../scenarios/catalogue.ts';
import { playOnLab } from './play-on-lab.ts';

playOnLab(ROADS);
