import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTools } from '../../lib/embedded/toolchain';
import { checkSameDocuments, checkSameFiles } from './support/same-documents';
import { synthesize, templateChart, writeChart, writeOurs, writeRaw } from './support/synthesis';

describe('the synthesis benchmark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'synthesis-'));
  const [ours, raw, chart] = [join(folder, 'ours'), join(folder, 'raw'), join(folder, 'chart')];

  beforeAll(async () => {
    writeOurs(ours, 11);
    writeRaw(raw, 11);
    writeChart(chart, 11);
    await synthesize(ours);
    await synthesize(raw);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('compares the same files, byte by byte, and the same documents', async () => {
    const { helm } = await resolveTools(['helm']);
    checkSameFiles(join(ours, 'dist'), join(raw, 'dist'));
    checkSameDocuments(join(ours, 'dist'), (await templateChart(helm.path, chart)).stdout);
  });

  it('fails where a file differs', () => {
    writeFileSync(join(raw, 'dist/more.yaml'), '{}\n');
    expect(() => {
      checkSameFiles(join(ours, 'dist'), join(raw, 'dist'));
    }).toThrow('/more.yaml differs');
  });
});
