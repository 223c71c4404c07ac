// Which run's lines a log request gets, and the refusals in kubelet's own words (pkg/kubelet/kubelet_pods.go,
// validateContainerLogStatus).

/** The runs of one container that still have a log. */
export type ContainerRuns = {
  readonly pod: string;
  readonly container: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Reason of the waiting state. */
  readonly waitingFor: string;
  /** Lines of the run that is on, or of the last one when none is. */
  readonly current: (() => readonly string[]) | undefined;
  /** Lines of the run that `lastState.terminated` tells of. */
  readonly last: (() => readonly string[]) | undefined;
};

export type LogRequest = { readonly container?: string; readonly previous: boolean; readonly tailLines?: number };

/** Throws an Error with kubelet's message when there is no such container or run. */
export function containerLog(runs: ContainerRuns, request: LogRequest): string {
  if (request.container !== undefined && request.container !== runs.container) {
    throw new Error(`container ${request.container} is not valid for pod ${runs.pod}`);
  }
  const lines = chosen(runs, request.previous)();
  const tail = request.tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - request.tailLines));
  return tail.map((line) => `${line}\n`).join('');
}

function chosen(runs: ContainerRuns, previous: boolean): () => readonly string[] {
  if (previous) {
    if (runs.last === undefined)
      throw new Error(`previous terminated container "${runs.container}" in pod "${runs.pod}" not found`);
    return runs.last;
  }
  const lines = runs.state === 'waiting' ? runs.last : runs.current;
  if (lines === undefined) {
    throw new Error(`container "${runs.container}" in pod "${runs.pod}" is waiting to start: ${runs.waitingFor}`);
  }
  return lines;
}
