// Versions as image tags carry them.
import { parseVersion } from '../../kubeproxy/versions.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import { known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { ReadVersion } from './node.ts';

/** registry:5000/team/calico/node:v3.31.2@sha256:… → v3.31.2; undefined for an image named by digest alone. */
export function imageTag(image: string): string | undefined {
  const name = image.split('@', 1)[0] ?? '';
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return tag === '' ? undefined : tag;
}

/** A tag that is no version (`latest`, a commit) is known as text only. */
export function imageVersion(image: string | undefined): Known<ReadVersion> {
  const tag = image === undefined ? undefined : imageTag(image);
  if (tag === undefined) return unseen(`the image ${image ?? '(none)'} has no tag to read a version from`);
  return known(readVersion(tag));
}

export function readVersion(text: string): ReadVersion {
  return { text, parsed: parseVersion(text) };
}

/** For rules that compare: unseen when the tag is no version. */
export function parsedImageVersion(image: string): Known<Version> {
  const version = imageVersion(image);
  if (!version.known) return version;
  return version.value.parsed === undefined
    ? unseen(`the image ${image} does not name a version`)
    : known(version.value.parsed);
}

/** `version` is older than major.minor.patch. */
export function isOlder(version: Version, major: number, minor: number, patch = 0): boolean {
  const [a, b] = [
    [version.major, version.minor, version.patch],
    [major, minor, patch],
  ] as const;
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}

export function showVersion({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}
