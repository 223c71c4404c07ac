// A container image without a registry: one layer from a directory, as an OCI archive for `ctr images import`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './run.ts';

export type Image = { readonly name: string; readonly entrypoint: readonly string[]; readonly root: string };

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export async function writeArchive(archive: string, image: Image): Promise<void> {
  const work = `${archive}.work`;
  const blobs = join(work, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (content: Buffer | string, mediaType: string): Descriptor => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(blobs, sha256), content);
    return { mediaType, digest: `sha256:${sha256}`, size: Buffer.byteLength(content) };
  };

  const layerFile = join(work, 'layer.tar');
  // names sorted and times fixed: the same content gives the same digest
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await must(['tar', ...fixed, '-cf', layerFile, '-C', image.root, '.']);
  const layer = put(readFileSync(layerFile), 'application/vnd.oci.image.layer.v1.tar');
  rmSync(layerFile);
  const config = put(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: image.entrypoint, Env: [path] },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    }),
    'application/vnd.oci.image.config.v1+json',
  );
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(
    JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }),
    manifestType,
  );
  const annotations = { 'io.containerd.image.name': image.name };
  writeFileSync(
    join(work, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(work, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await must(['tar', '-cf', archive, '-C', work, 'oci-layout', 'index.json', 'blobs']);
  rmSync(work, { recursive: true });
}
