import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nivesh } from '../../../environments/catalog';
import { startPlatform } from '../../../lib/embedded';
import { standInValue } from '../../../lib/values/stand-in';
import { seed } from '../../../lib/vault/seed';
import { forceRefresh, secretData, waitUntil } from '../../e2e/support/cluster';
import { auditLogOfTest, deliverWithoutPulumi, makeEngine, testEnvironment } from '../../e2e/support/deliver';

/** The secret that is asked about. */
export const path = 'nivesh/backend';

/** The time that a log is about, in milliseconds. */
export const days = 30;
const end = Date.parse('2026-11-26T00:00:00Z');
const begin = end - days * 86_400_000;
export const window = { begin, end } as const;

/** A line around its id and its time. */
type Template = readonly [beforeId: string, betweenThem: string, afterTime: string];

/** What a real Vault writes while External Secrets Operator refreshes everything once. */
export async function captureRefresh(): Promise<Template[][]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-audit-platform-'));
  const platform = await startPlatform({ directory, workloads: 'none' });
  try {
    await seed(nivesh, await makeEngine(platform, 'secret'), { standIn: standInValue });
    await deliverWithoutPulumi(platform, testEnvironment(platform, nivesh));
    const log = auditLogOfTest(platform);
    for (const workload of Object.keys(nivesh.workloads)) {
      await waitUntil(`${workload} is delivered`, 60_000, async () => {
        return Object.keys(await secretData(platform, nivesh, workload)).length > 0;
      });
    }
    const from = statSync(log).size;
    for (const workload of Object.keys(nivesh.workloads)) {
      await forceRefresh(platform, nivesh, workload);
    }
    await waitUntil('every workload was read again', 60_000, () => {
      const reads = entriesOf(readFileSync(log, 'utf8').slice(from)).filter(({ text }) =>
        text.includes(`"path":"secret/data`),
      );
      return Promise.resolve(new Set(reads.map(({ role }) => role)).size === Object.keys(nivesh.workloads).length);
    });
    await waitUntil('the log is quiet', 60_000, async () => {
      const before = statSync(log).size;
      await new Promise((resolve) => setTimeout(resolve, 2000));
      return statSync(log).size === before;
    });
    return callsOf(readFileSync(log, 'utf8').slice(from));
  } finally {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function entriesOf(text: string): { readonly text: string; readonly id: string; readonly role: string }[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => ({
      text: line,
      id: /"id":"([0-9a-f-]{36})","mount/.exec(line)?.[1] ?? '',
      role: /"role":"([^"]+)"/.exec(line)?.[1] ?? '',
    }));
}

/** Requests with their responses, in order. */
function callsOf(text: string): Template[][] {
  const calls = new Map<string, Template[]>();
  for (const { text: line, id } of entriesOf(text)) {
    const [before = '', rest = ''] = line.split(id);
    const [, between = '', after = ''] = /^(.*"time":")[^"]+(".*)$/.exec(rest) ?? [];
    calls.set(id, [...(calls.get(id) ?? []), [before, between, after]]);
  }
  return [...calls.values()].filter((call) => call.length === 2);
}

/** Replays the calls over the whole window, with ids and times of their own. */
export function replay(
  file: string,
  calls: readonly Template[][],
  lineCount: number,
): { readonly reads: number; readonly mentions: number } {
  const output = openSync(file, 'w');
  const wanted = calls.map((call) =>
    call.some((template) => template.join('').includes(`"path":"secret/data/${path}"`)),
  );
  let [reads, buffered] = [0, ''];
  for (let call = 0; call < lineCount / 2; call++) {
    const id = uuid();
    for (const [half, [before, between, after]] of (calls[call % calls.length] ?? []).entries()) {
      const milliseconds = begin + Math.floor(((call + half / 2) / (lineCount / 2)) * (end - begin));
      const time = new Date(milliseconds).toISOString().replace('Z', `${String(100_000 + (call % 900_000))}Z`);
      buffered += `${before}${id}${between}${time}${after}\n`;
    }
    reads += wanted[call % calls.length] ? 1 : 0;
    if (buffered.length > 8_000_000) {
      writeSync(output, buffered);
      buffered = '';
    }
  }
  writeSync(output, buffered);
  closeSync(output);
  return { reads, mentions: reads * 2 };
}

function uuid(): string {
  const digits = randomBytes(16).toString('hex');
  return [8, 12, 16, 20, 32].map((to, index, ends) => digits.slice(ends[index - 1] ?? 0, to)).join('-');
}
