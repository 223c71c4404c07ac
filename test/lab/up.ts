// npm run lab:up: brings the lab of this checkout up and says how to use it. A second call joins it.
import { labBin, labUp } from './lab.ts';

const started = performance.now();
const lab = await labUp({
  log: (line) => console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`),
});
console.log(`lab of ${lab.nodes.join(', ')} is up after ${((performance.now() - started) / 1000).toFixed(1)} s; use it with

  export KUBECONFIG=${lab.kubeconfig}
  export PATH=${labBin}:$PATH`);
