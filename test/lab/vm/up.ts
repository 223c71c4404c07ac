// npm run lab:vm:up: brings the VM of this checkout and its control plane up and says how to use them. A second call joins.
import { labBin } from '../lab.ts';
import { vmUp } from './vm.ts';

const started = performance.now();
const seconds = (): string => ((performance.now() - started) / 1000).toFixed(1);
const { endpoint, key, knownHosts, lab, node } = await vmUp({
  log: (line) => console.log(`${seconds().padStart(6)} s  ${line}`),
});
console.log(`${node} is up after ${seconds()} s; use it with

  ssh -i ${key} -o UserKnownHostsFile=${knownHosts} -p ${endpoint.port} root@${endpoint.host}
  export KUBECONFIG=${lab.kubeconfig}
  export PATH=${labBin}:$PATH`);
