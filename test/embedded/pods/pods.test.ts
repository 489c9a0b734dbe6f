import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podsLayout } from '../../../lib/embedded/pods/layout';
import { parseContainerLog, Pods } from '../../../lib/embedded/pods/pods';
import type { KubernetesClient } from '../../../lib/kubernetes/client';
import { until } from '../support/child';
import { temporaryFolder } from '../support/temporary';

test('joins the parts of a long line, of either stream', () => {
  const log = [
    '2026-11-23T22:40:27.14738549Z stdout F started',
    '2026-11-23T22:40:27.2Z stderr P half a ',
    '2026-11-23T22:40:27.3Z stderr F line',
    '2026-11-23T22:40:27.4Z stdout F ',
    '2026-11-23T22:40:27.5Z stdout F   two  spaces',
    '',
  ].join('\n');
  expect(parseContainerLog(log)).toEqual(['started', 'half a line', '', '  two  spaces']);
});

test('shows a part whose end is not written yet', () => {
  expect(parseContainerLog('2026-11-23T22:40:27.2Z stderr P half a ')).toEqual(['half a ']);
});

describe('logs of a workload', () => {
  const folder = temporaryFolder();
  let running: string[];
  let pods: Pods;

  beforeEach(() => {
    running = [];
    const list = async (_: string, kind: string): Promise<unknown[]> => {
      if (!['Pod', 'ReplicaSet', 'Job'].includes(kind)) {
        throw new Error(`unexpected list of ${kind}`);
      }
      const names = kind === 'Pod' ? running : [];
      return await Promise.resolve(names.map((name) => ({ metadata: { name, namespace: 'shop', uid: name } })));
    };
    pods = new Pods(podsLayout(folder()), { list } as unknown as KubernetesClient);
  });

  function write(pod: string, ...lines: string[]): void {
    const place = join(podsLayout(folder()).logs, `shop_${pod}_${pod}`, 'main');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, '0.log'), lines.map((line) => `2026-11-23T22:40:27Z stdout F ${line}\n`).join(''));
  }

  it('are followed through a time without any pod', async () => {
    running = ['web'];
    write('web', 'before');
    const seen: string[] = [];
    const end = new AbortController();
    const following = pods.followLogs({ workload: 'web' }, (line) => seen.push(line), end.signal);
    try {
      // It looks at what is there before it follows.
      await new Promise((resolve) => setTimeout(resolve, 200));
      write('web', 'before', 'more');
      await until(() => seen.length === 1);
      running = [];
      await new Promise((resolve) => setTimeout(resolve, 700));
      write('web', 'before', 'more', 'again');
      running = ['web'];
      await until(() => seen.length === 2);
    } finally {
      end.abort();
      await following;
    }
    expect(seen).toEqual(['more', 'again']);
  });

  it('fail where no pod has the name, and list the names there are', async () => {
    running = ['web'];
    const end = new AbortController();
    await expect(pods.followLogs({ workload: 'wbe' }, () => undefined, end.signal)).rejects.toThrow(
      'no pods of "wbe", workloads with pods: web',
    );
  });
});
