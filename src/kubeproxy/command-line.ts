// What a container's command line says: whether it runs kube-proxy, and with which --config.
import type { ContainerFacts } from './daemon-set-facts.ts';

/** kube-proxy, kube-proxy-amd64, hardened-kube-proxy; not kube-proxy-exporter. */
const NAME = /^(?:[\w.-]*[-_])?kube-proxy(?:-(?:amd64|arm|arm64|ppc64le|s390x|riscv64))?$/;

export function runsKubeProxy(container: ContainerFacts): boolean {
  return (
    NAME.test(imageName(container.image ?? '')) || words(container).some((word) => /(?:^|[/\\])kube-proxy$/.test(word))
  );
}

/** The path given to --config, as `--config=PATH` or `--config PATH`, in a list or inside `sh -c "…"`; the last one wins, as in pflag. */
export function configPath(container: ContainerFacts): string | undefined {
  const all = words(container);
  let path: string | undefined;
  for (const [index, word] of all.entries()) {
    if (word === '--config') path = all[index + 1];
    else if (word.startsWith('--config=')) path = word.slice('--config='.length);
  }
  return path === '' ? undefined : path;
}

/** Command and arguments; a shell script is taken apart at white space and shell punctuation, its quotes dropped. */
export function words(container: ContainerFacts): readonly string[] {
  return [...(container.command ?? []), ...(container.args ?? [])].flatMap((argument) =>
    /\s/.test(argument) ? argument.split(/[\s;&|()]+/).map((word) => word.replaceAll(/["']/g, '')) : [argument],
  );
}

/** registry:5000/team/kube-proxy:v1.36.3@sha256:… → kube-proxy. */
function imageName(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.split(/[:@]/, 1)[0] ?? '';
}
