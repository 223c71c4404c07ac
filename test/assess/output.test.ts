// What people and machines get to see of three recorded clusters, down to the character. After a change that is meant:
// `vitest run -u`, and read the difference. All are .txt, which the formatter leaves alone.
import { describe, expect, it } from 'vitest';
import { overview } from '../../src/cli/assess/render/overview.ts';
import { render } from '../../src/cli/assess/render/render.ts';
import { rowsOf } from '../../src/cli/assess/render/rows.ts';
import { unpainted } from '../../src/terminal/paint.ts';
import { assessRecorded } from './recorded/assess-recorded.ts';
import { RECORDED } from './recorded/recorded-cluster.ts';

const WIDTH = 100;
const OPTIONS = { width: WIDTH, paint: unpainted, fixes: false } as const;

describe.each(['kubespray-ipvs', 'kubeadm-calico-3.28', 'aks'])('%s', (name) => {
  const assessment = assessRecorded(name);

  it.each(['table', 'markdown'] as const)('as %s', async (output) => {
    const text = render(await assessment, { ...OPTIONS, output });
    await expect(text).toMatchFileSnapshot(`golden/${name}-${output}.txt`);
  });
});

it('as json', async () => {
  const text = render(await assessRecorded('kubeadm-calico-3.32'), { ...OPTIONS, output: 'json' });
  await expect(text).toMatchFileSnapshot('golden/kubeadm-calico-3.32-json.txt');
});

it('as a table with every fix', async () => {
  const text = render(await assessRecorded('aks'), { ...OPTIONS, output: 'table', fixes: true });
  await expect(text).toMatchFileSnapshot('golden/aks-table-fixes.txt');
});

describe('the screen before the fixes', () => {
  it.each(RECORDED)('has at most 45 lines of 100 columns: %s', async (name) => {
    const assessment = await assessRecorded(name);
    const lines = overview(assessment, rowsOf(assessment), { width: WIDTH, paint: unpainted, full: false });
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
  });
});
