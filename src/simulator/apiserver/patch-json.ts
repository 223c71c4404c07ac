// JSON patch, RFC 6902: a list of operations, all or none of which apply.
import { equalJson, isObject, type JsonObject, own } from './json.ts';
import { StatusError } from './status-errors.ts';

/** Throws 422 Invalid when an operation cannot be applied or a `test` fails, as the API server answers. */
export function jsonPatch(document: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new StatusError(400, 'BadRequest', 'json patch must be a list of operations');
  return operations.reduce<unknown>(applyOperation, document);
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation)) throw refused('operation is not an object');
  const path = pointer(operation['path']);
  switch (operation['op']) {
    case 'add':
      return change(document, path, { kind: 'add', value: operation['value'] });
    case 'replace':
      read(document, path);
      return change(document, path, { kind: 'replace', value: operation['value'] });
    case 'remove':
      read(document, path);
      return change(document, path, { kind: 'remove' });
    case 'move':
    case 'copy':
      return transfer(document, operation, path);
    case 'test':
      if (!equalJson(read(document, path), operation['value'])) throw refused(`testing value ${text(path)} failed`);
      return document;
    default:
      throw refused(`unexpected kind: ${String(operation['op'])}`);
  }
}

function transfer(document: unknown, operation: JsonObject, path: readonly string[]): unknown {
  const from = pointer(operation['from']);
  const value = read(document, from);
  const rest = operation['op'] === 'move' ? change(document, from, { kind: 'remove' }) : document;
  return change(rest, path, { kind: 'add', value });
}

type Edit = { readonly kind: 'add' | 'replace'; readonly value: unknown } | { readonly kind: 'remove' };

function change(document: unknown, path: readonly string[], edit: Edit): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return edit.kind === 'remove' ? null : edit.value;
  if (Array.isArray(document)) return changeItem(document, [head, rest], edit);
  if (!isObject(document)) throw refused(`doc is missing path: ${text(path)}`);
  if (rest.length > 0) return { ...document, [head]: change(child(document, head), rest, edit) };
  if (edit.kind === 'remove') return Object.fromEntries(Object.entries(document).filter(([key]) => key !== head));
  return { ...document, [head]: edit.value };
}

function changeItem(list: readonly unknown[], [head, rest]: readonly [string, readonly string[]], edit: Edit): unknown {
  const last = rest.length === 0;
  const index =
    last && edit.kind === 'add' && head === '-'
      ? list.length
      : itemIndex(head, last && edit.kind === 'add' ? list.length : list.length - 1);
  if (!last) return list.with(index, change(list[index], rest, edit));
  if (edit.kind === 'remove') return list.toSpliced(index, 1);
  return list.toSpliced(index, edit.kind === 'add' ? 0 : 1, edit.value);
}

function itemIndex(token: string, last: number): number {
  const index = /^(0|[1-9][0-9]*)$/.test(token) ? Number(token) : -1;
  if (index < 0 || index > last) throw refused(`invalid index referenced: ${token}`);
  return index;
}

function read(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, token) => {
    if (Array.isArray(value)) return value[itemIndex(token, value.length - 1)];
    return child(value, token);
  }, document);
}

function child(value: unknown, key: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, key)) throw refused(`doc is missing key: ${key}`);
  return own(value, key);
}

function pointer(value: unknown): readonly string[] {
  if (typeof value !== 'string' || (value !== '' && !value.startsWith('/'))) throw refused('missing or invalid path');
  const tokens = value.split('/').slice(1);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function text(path: readonly string[]): string {
  return `/${path.join('/')}`;
}

/** The API server does not tell the client why; the reason is for whoever reads the stack. */
function refused(why: string): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return Object.assign(new StatusError(422, 'Invalid', message, {}), { cause: new Error(why) });
}
