import { text } from 'node:stream/consumers';
import type { SourceText } from '../../../lib/scanning/detector';
import { loadDetectors } from '../../../lib/scanning/detectors';
import type { Detected } from './run-detectors';

/** Runs every detector over the texts of its standard input; detect-secrets only where it is installed. */
async function detect(): Promise<Detected> {
  const sources = JSON.parse(await text(process.stdin)) as SourceText[];
  const { running, withoutDetectSecrets } = await loadDetectors([], { install: false });
  const found: Detected['found'] = {};
  for (const detector of running) {
    const candidates = [];
    for (const source of sources) {
      candidates.push(await detector.find(source));
    }
    found[detector.name] = candidates.map((list) =>
      list.map(({ rule, start, value }) => ({ rule, start, value: value.reveal() })),
    );
    await detector.close?.();
  }
  return { found, ...(withoutDetectSecrets ? { withoutDetectSecrets: withoutDetectSecrets.message } : {}) };
}

void detect().then((detected) => {
  process.stdout.write(JSON.stringify(detected));
});
