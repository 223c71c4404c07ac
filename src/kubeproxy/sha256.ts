// The checksum by which a text is told apart from what it was before: a file of a node, a configuration that was tried.
import { createHash } from 'node:crypto';

/** Of its bytes in UTF-8, in lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
