// npm run lab:down: ends all labs of this checkout, also half-made ones, and removes their state. The cache stays.
import { labsDown } from './lab.ts';

await labsDown();
