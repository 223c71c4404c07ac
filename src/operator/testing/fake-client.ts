// A `Client` that sends nothing: it keeps what it was asked for, in order, and answers as the test says.
import { ApiError, type Client, type KubeObject, type Ref, type Resource } from 'kopf-ts';

export type Sent = {
  readonly verb:
    | 'get'
    | 'list'
    | 'create'
    | 'apply'
    | 'patch'
    | 'replace'
    | 'delete'
    | 'deletecollection'
    | 'log'
    | 'forward'
    | 'exec';
  /** The plural, with `/status` where the subresource is meant. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** The object or patch; for the other verbs what was asked for beyond the name. */
  readonly body: unknown;
};

/** What comes back, or what it throws. Left `undefined`: a read finds nothing, a write answers with what was sent. */
export type Answer = (request: Sent) => unknown;

export type FakeClient = Client & {
  readonly sent: readonly Sent[];
  /** Adds what is no request to the story, to see what comes before what. */
  tell(line: string): void;
  /** `verb resource name`, in order. */
  readonly story: readonly string[];
};

export function createFakeClient(answer: Answer = () => undefined): FakeClient {
  const sent: Sent[] = [];
  const story: string[] = [];

  async function send<R>(request: Sent, otherwise: R): Promise<R> {
    sent.push(request);
    story.push(`${request.verb} ${request.resource} ${request.name}`);
    return ((await answer(request)) as R | undefined) ?? otherwise;
  }
  const about = (
    verb: Sent['verb'],
    { resource, subresource }: { resource: Resource; subresource?: string | undefined },
    { name, namespace }: Ref,
    body?: unknown,
  ): Sent => ({
    verb,
    resource: subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`,
    name,
    namespace,
    body,
  });
  const pods = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

  return {
    sent,
    story,
    tell: (line) => void story.push(line),
    get: (resource, ref) => send(about('get', { resource }, ref), undefined),
    list: (resource, selection) =>
      send(about('list', { resource }, { name: '' }, selection), { items: [], resourceVersion: '1' }),
    create: (resource, object) => send(about('create', { resource }, object.metadata, object), object),
    apply: <T extends KubeObject>(resource: Resource<T>, object: unknown, options?: { subresource?: 'status' }) =>
      send(
        about('apply', { resource, subresource: options?.subresource }, (object as T).metadata, object),
        object as T,
      ),
    mergePatch: <T extends KubeObject>(
      resource: Resource<T>,
      ref: Ref,
      patch: unknown,
      options?: { subresource?: 'status' },
    ) =>
      send(about('patch', { resource, subresource: options?.subresource }, ref, patch), {
        ...(patch as T),
        metadata: { ...(patch as T).metadata, ...ref },
      }),
    replace: (resource, object) => send(about('replace', { resource }, object.metadata, object), object),
    delete: (resource, ref, options) => send(about('delete', { resource }, ref, options), 'deleted' as const),
    deleteCollection: (resource, selection, options) =>
      send(
        about('deletecollection', { resource }, { name: '', ...selection }, { ...options, ...selection }),
        undefined,
      ),
    podLog: (pod, options) => send(about('log', { resource: pods }, pod, options), ''),
    apiGroups: () => send(about('get', { resource: { ...pods, plural: 'apis' } }, { name: '' }), new Set<string>()),
    version: () => send(about('get', { resource: { ...pods, plural: 'version' } }, { name: '' }), 'v1.36.3'),
    portForward: async (pod, port, options) => {
      const stream = await send(about('forward', { resource: pods }, pod, { port, ...options }), undefined);
      if (stream === undefined) throw new Error('the test has no stream for this port-forward');
      return stream;
    },
    exec: (pod, options) =>
      send(about('exec', { resource: pods }, pod, options), {
        kind: 'exited',
        code: 0,
        stdout: '',
        stderr: '',
        truncated: false,
      }),
  };
}

/** A request the API server refused. */
export function refused(status: number, message = `HTTP ${status}`): ApiError {
  return new ApiError(message, { status, reason: String(status), verb: 'test', resource: 'tests', outcome: 'refused' });
}
