// npm run lab:vm:down: ends the VM and its control plane, also half-made ones, and removes their state. The cache stays.
import { vmDown } from './vm.ts';

await vmDown();
