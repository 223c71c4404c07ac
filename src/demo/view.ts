// What the demo shows at one moment, as plain data: the renderers turn it into text, watcher.ts gathers it.
import type { NodeView } from '../terminal/node-view.ts';

export type EventView = {
  /** Milliseconds since the demo began. */
  readonly at: number;
  /** The node, or the migration. */
  readonly about: string;
  readonly bad: boolean;
  /** What it tells of: the phase that was entered. */
  readonly phase: string;
  readonly reason: string;
  readonly note: string;
};

export type View = {
  readonly cluster: string;
  /** Milliseconds since the demo began. */
  readonly elapsed: number;
  /** Told to the viewer: what happens now. */
  readonly story: string;
  /** What a person would have typed. */
  readonly command: string;
  readonly nodes: readonly NodeView[];
  /** Phase and message of the migration. */
  readonly phase: string;
  readonly message: string;
  /** Oldest first. */
  readonly events: readonly EventView[];
};

/** `1:07` of so many milliseconds. */
export function minutes(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
