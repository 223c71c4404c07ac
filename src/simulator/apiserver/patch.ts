// PATCH in its four forms. Server-side apply goes a way of its own (apply-request.ts).
import type { Stored } from '../types.ts';
import { prune } from './admission.ts';
import { applyObject } from './apply-request.ts';
import { contentType, parseJson, parseObject, readBody } from './body.ts';
import { type Answer, refTo, type ResourceCall } from './call.ts';
import { invalidValue } from './field-errors.ts';
import { isObject, type JsonObject, own } from './json.ts';
import { checkIdentity, checkImmutableUid } from './object-checks.ts';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import { strategicMergePatch } from './patch-strategic.ts';
import { badRequest, invalid, unsupportedMediaType } from './status-errors.ts';
import { writeOptions } from './write-options.ts';
import { change } from './write.ts';

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

type Patch = { readonly type: string; readonly patch: unknown };

export async function patchObject(call: ResourceCall, name: string): Promise<Answer> {
  const type = contentType(call.request);
  const body = await readBody(call.request);
  if (type === APPLY) return applyObject(call, name, parseObject(body, type, call.served.resource.kind));
  const patch = parseJson(body, 'error decoding patch');
  return change(call, name, (live) => {
    const wanted = patched(call, { type, patch }, live);
    checkIdentity(wanted, refTo(call, name));
    checkImmutableUid(wanted, live, call);
    return pruned(call, wanted);
  });
}

function patched(call: ResourceCall, patch: Patch, live: Stored): JsonObject {
  const result = applyPatch(call, patch, live);
  if (!isObject(result) || !isObject(own(result, 'metadata'))) throw badRequest('the patch leaves no object');
  return result;
}

function applyPatch({ served }: ResourceCall, { type, patch }: Patch, live: Stored): unknown {
  switch (type) {
    case MERGE:
      return mergePatch(live, patch);
    case JSON_PATCH:
      return jsonPatch(live, patch);
    case STRATEGIC:
      if (!served.custom) return strategicMergePatch(live, patch, served.schema);
      throw unsupportedMediaType([JSON_PATCH, MERGE, APPLY]);
    default:
      throw unsupportedMediaType([JSON_PATCH, MERGE, STRATEGIC, APPLY]);
  }
}

/** Unknown fields under strict validation: the API server complains of the patched object as a whole, in JSON. */
function pruned(call: ResourceCall, wanted: JsonObject): { object: JsonObject; warnings: readonly string[] } {
  const { object, unknown } = prune(wanted, call.served);
  const validation = writeOptions(call).fieldValidation;
  if (validation === 'Strict' && unknown.length > 0) {
    const cause = invalidValue('patch', JSON.stringify(wanted), `strict decoding error: ${unknown.join(', ')}`);
    throw invalid({ ...call.served.resource, group: '', kind: '' }, '', [cause]);
  }
  return { object, warnings: validation === 'Warn' ? unknown : [] };
}
