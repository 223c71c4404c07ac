// What a client wants an answer to look like: plain objects, a Table for `kubectl get`, or metadata only.
import { notAcceptable } from './status-errors.ts';

export type Format = 'object' | 'table' | 'metadata';

const FORMATS: Readonly<Record<string, Format>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};
const ANY = ['application/json', '*/*', 'application/*'];

/** The first media type of the Accept header this server can produce. Throws NotAcceptable when there is none. */
export function formatOf(accept: string | undefined): Format {
  if (accept === undefined || accept === '') return 'object';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!ANY.includes(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    const format = FORMATS[as];
    if (format !== undefined) return format;
  }
  throw notAcceptable(['application/json', 'application/yaml']);
}
