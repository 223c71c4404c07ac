// Reads a folder of recordings from disk. Which files there are and how they are named is in dataplane/recording.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxyMode } from '../../api/fields.ts';
import { API_FILES, NODE_FILES } from '../../dataplane/recording/files.ts';
import { RecordingError } from '../../dataplane/recording/recording-error.ts';
import { readRecording, type Recorded } from '../../dataplane/recording/read-recording.ts';
import { CommandError } from '../command-error.ts';

export type RecordingFlags = {
  /** Of the node. */
  readonly dir: string;
  /** Of the API; otherwise `api` in it or beside it, or the folder itself. */
  readonly api: string | undefined;
  readonly mode: ProxyMode | undefined;
  readonly node: string | undefined;
};

/** A ruleset of 20,000 Services is a tenth of that; more is a mistake. */
const LARGEST = 512 * 1024 * 1024;

/** @throws CommandError */
export function loadRecording({ dir, api, mode, node }: RecordingFlags): Recorded {
  const texts = readFiles(dir, NODE_FILES);
  if (texts.size === 0)
    throw new CommandError(`there is no recording in ${dir}: none of ${NODE_FILES.slice(0, 4).join(', ')} and so on`);
  const places = api === undefined ? [join(dir, 'api'), join(dir, '..', 'api'), dir] : [api];
  const objects = places.map((place) => readFiles(place, API_FILES)).find((found) => found.size > 0);
  if (objects === undefined)
    throw new CommandError(
      `there are no recorded objects (${API_FILES.join(', ')}) in ${places.join(', ')}: say where with --api`,
    );
  try {
    return readRecording(texts, objects, { mode, node });
  } catch (error) {
    if (error instanceof RecordingError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function readFiles(dir: string, names: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const name of names) {
    const path = join(dir, name);
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) continue;
    if (size > LARGEST) throw new CommandError(`${path} is too large: ${size} bytes`);
    texts.set(name, readFileSync(path, 'utf8'));
  }
  return texts;
}
