// A file as `contents` tells it: its exact text, or why there is none.
import { problem } from '../kubeproxy/problem.ts';
import type { Problem } from '../kubeproxy/problem.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { LARGEST_FILE } from './run-script.ts';
import type { Line } from './run-script.ts';

/** `text` encoded as UTF-8 is the file, byte for byte; `sha256` is of those bytes, in lower-case hex. */
export type FileText = { readonly kind: 'file'; readonly text: string; readonly sha256: string };

/** `line` is what `contents` told. Text that is not UTF-8 could not be written back as it was: refused. */
export function fileText(line: Line | undefined, path: string): FileText | Problem {
  if (line?.text !== undefined) return decode(line.text, path);
  switch (line?.value) {
    case 'absent':
      return problem(`${path} does not exist.`);
    case 'irregular':
      return problem(`${path} is not a regular file.`);
    case 'large':
      return problem(`${path} is larger than ${LARGEST_FILE} bytes, which no configuration of kube-proxy is.`);
    default:
      return problem(`${path} cannot be read.`);
  }
}

function decode(bytes: Buffer, path: string): FileText | Problem {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'file', text, sha256: sha256(text) };
  } catch {
    // The decoder's only error: bytes that are no UTF-8. Where they are it does not say.
    return problem(`${path} is not UTF-8 text.`);
  }
}
