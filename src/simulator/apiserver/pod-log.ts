// GET pods/<name>/log: checked as the API server does, answered by the world behind it.
import type { Stored } from '../types.ts';
import { type Answer, refTo, type ResourceCall } from './call.ts';
import { at } from './json.ts';
import { listAt, numberIn } from './read.ts';
import { isTrue } from './request-info.ts';
import { badRequest, internalError, notFound, StatusError } from './status-errors.ts';

/** `follow` answers what there is and ends: nothing in the simulator writes a log slowly. */
export function podLog(call: ResourceCall, name: string): Answer {
  const { server, info, served } = call;
  const pod = server.store.get(served.resource, refTo(call, name));
  if (pod === undefined) throw notFound(served.resource, name);
  const backend = server.backend();
  if (backend === undefined) throw internalError('no node backend is connected to the simulated API server');
  const container = containerOf(pod, info.query.get('container') ?? undefined);
  const tailLines = numberIn(info.query, 'tailLines');
  const options = {
    previous: isTrue(info.query.get('previous')),
    ...(container === undefined ? {} : { container }),
    ...(tailLines === undefined ? {} : { tailLines }),
  };
  const text = ask(() => backend.log(refTo(call, name), options));
  const limit = numberIn(info.query, 'limitBytes');
  const body = limit === undefined ? text : Buffer.from(text).subarray(0, limit).toString();
  return { kind: 'text', code: 200, body };
}

/** kubelet's complaints come back as 400s with its words in them. */
function ask(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

function containerOf(pod: Stored, asked: string | undefined): string | undefined {
  const names = listAt(pod, 'spec', 'containers').map((container) => String(at(container, 'name')));
  const { name } = pod.metadata;
  if (asked !== undefined && names.length > 0 && !names.includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  if (asked === undefined && names.length > 1) {
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  }
  return asked ?? names[0];
}
