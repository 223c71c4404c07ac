import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audit } from '../compare/audit.ts';
import { apiTexts, textsOf } from '../testing/node.ts';
import { readRecording } from './read-recording.ts';
import { RecordingError } from './recording-error.ts';

const NODE = textsOf('iptables');

function read(change: Readonly<Record<string, unknown>>): ReturnType<typeof readRecording> {
  const api = apiTexts();
  for (const [file, objects] of Object.entries(change))
    api.set(file, typeof objects === 'string' ? objects : JSON.stringify(objects));
  return readRecording(NODE, api, { mode: undefined, node: undefined });
}

const metadata = { namespace: 'shop', name: 'a', labels: { 'kubernetes.io/service-name': 'a' } };

test.each([
  ['services.json', { spec: { ports: 5 } }, 'spec.ports: '],
  ['services.json', { spec: null }, 'spec: '],
  ['services.json', { spec: { clusterIPs: [1] } }, 'spec.clusterIPs.0: '],
  ['services.json', { status: { loadBalancer: { ingress: {} } } }, 'status.loadBalancer.ingress: '],
  ['endpointslices.json', { endpoints: [{ addresses: null }] }, 'endpoints.0.addresses: '],
  ['endpointslices.json', { endpoints: [{ hints: { forZones: ['a'] } }] }, 'endpoints.0.hints.forZones.0: '],
  ['nodes.json', { status: { addresses: [null] } }, 'status.addresses.0: '],
])('%s with %j is told as what is wrong with the recording', (file, part, where) => {
  expect(() => read({ [file]: [{ metadata, ...part }] })).toThrow(RecordingError);
  expect(() => read({ [file]: [{ metadata, ...part }] })).toThrow(
    `${file} holds what the API server would not have sent: ${where}`,
  );
});

test('objects too deep to be walked are no objects', () => {
  const deep = `{"items":[{"metadata":{"labels":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}]}`;
  expect(() => read({ 'services.json': deep })).toThrow(RecordingError);
  expect(() => read({ 'services.json': deep })).toThrow('services.json is no JSON: SyntaxError: more than 100 levels');
});

test('whatever the objects are, there is an audit or a RecordingError', () => {
  const FIELDS = ['ports', 'endpoints', 'addresses', 'clusterIPs', 'port', 'type', 'loadBalancer', 'ingress', 'hints'];
  const key = fc.constantFrom(...FIELDS, 'spec', 'status', 'metadata', 'name');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(5, null, '', 'shop', '10.96.0.1', true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.constantFrom('services.json', 'endpointslices.json', 'nodes.json'),
      tree,
      tree,
      (file, spec, more) => {
        try {
          const object = { metadata, spec, status: more, endpoints: more, ports: spec };
          expect(audit(read({ [file]: [object] })).findings).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordingError);
        }
      },
    ),
    { numRuns: 150 },
  );
});
