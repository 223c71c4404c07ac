// Names a configuration by what stands in it, so that what was found out about it is told apart from what was about another one.
import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hex. */
export function configDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
