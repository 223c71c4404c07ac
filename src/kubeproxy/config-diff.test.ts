import { applyPatch } from 'diff';
import { expect, it } from 'vitest';
import { diffText } from './config-diff.ts';
import { editConfig } from './config-edit.ts';
import { configFixtures, readFixture } from './fixtures/read-fixture.ts';

it('shows what changes with three lines around it', () => {
  expect(diffText('a\nb\nc\nd\ne\n', 'a\nb\nc\nd\nx\n', 'kube-system/kube-proxy/config.conf')).toBe(
    '--- a/kube-system/kube-proxy/config.conf\n+++ b/kube-system/kube-proxy/config.conf\n@@ -2,4 +2,4 @@\n b\n c\n d\n-e\n+x\n',
  );
});

it('is empty when nothing changes', () => {
  expect(diffText('a', 'a', 'x')).toBe('');
});

it('says when a final line break is missing', () => {
  expect(diffText('a', 'b', 'x')).toContain('\\ No newline at end of file');
});

it.each(configFixtures())('leads from before to after: %s', (name, before) => {
  const edit = editConfig(before, { mode: 'nftables' });
  if (edit.kind === 'problem') throw new Error(edit.message);
  expect(applyPatch(readFixture(`config/${name}`), diffText(before, edit.text, name))).toBe(edit.text);
});
