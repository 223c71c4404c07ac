// Request bodies: read whole, parsed as JSON or YAML by their Content-Type.
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { isObject, type JsonObject } from './json.ts';
import { badRequest, StatusError, unsupportedMediaType } from './status-errors.ts';

/** The real limit is 3 MiB. */
const MAX_BODY = 3 * 1024 * 1024;

/** Without parameters, in lower case; '' when there is none. */
export function contentType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const JSON_TYPES = ['application/json', ''];
const YAML_TYPES = ['application/yaml', 'application/apply-patch+yaml'];

/** An object in JSON or YAML. Throws BadRequest when it does not parse. */
export function parseObject(text: string, type: string, kind: string): JsonObject {
  if (!JSON_TYPES.includes(type) && !YAML_TYPES.includes(type))
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  const unrecognized = `the object provided is unrecognized (must be of type ${kind})`;
  const value = YAML_TYPES.includes(type) ? parseYaml(text) : parseJson(text, unrecognized);
  if (!isObject(value)) throw badRequest(unrecognized);
  return value;
}

/** `complaint` is what comes before the reason. */
export function parseJson(text: string, complaint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`${complaint}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** JSON is YAML, and ten times as fast to parse: most clients send it. */
function parseYaml(text: string): unknown {
  if (text.trimStart().startsWith('{')) return parseJson(text, 'error decoding YAML');
  try {
    return parse(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}
