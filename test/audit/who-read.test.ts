import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { findLogFiles } from '../../lib/audit/log-files';
import { whoRead, type AccessReport } from '../../lib/audit/who-read';
import type { AccessGroup } from '../../lib/audit/access-groups';
import { type Call, callLines, hash, heartbeat, logOf, personAuth, values } from './support/vault-lines';

const day = (hour: number, rest = '00:00Z'): string => `2026-11-20T${String(hour).padStart(2, '0')}:${rest}`;
const window = { since: Date.parse(day(1)), until: Date.parse(day(9)) };
const beat = heartbeat(day(0), 11);

describe('whoRead', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'who-read-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, content: string | Buffer): string {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  }

  async function ask(given: string[], more: { field?: string; thorough?: boolean } = {}): Promise<AccessReport> {
    return await whoRead({ logs: await findLogFiles(given), window, mount: 'secret', path: 'nivesh/backend', ...more });
  }

  const brief = (groups: readonly AccessGroup[]): string[] =>
    groups.map(({ identity, action, count, refusal }) =>
      [identity.name, action, count, ...(refusal === undefined ? [] : [refusal])].join(' | '),
    );

  const inOrder = (...calls: Call[]): string =>
    logOf([...beat, ...calls].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)));

  /** Gaps without the folder of this test, so that they can be compared. */
  const told = ({ gaps }: AccessReport): string[] =>
    gaps.flatMap(({ message, places = [] }) => [message, ...places].map((text) => text.replaceAll(`${folder}/`, '')));

  it('tells workloads, people, looks at names, changes and refusals apart, and has no gap', async () => {
    const log = write(
      'audit.log',
      inOrder(
        { time: day(2), response: values(3, 'jwt_secret', 'encryption_key') },
        { time: day(3), response: values(4, 'jwt_secret', 'encryption_key') },
        { time: day(4), auth: personAuth() },
        {
          time: day(4, '30:00Z'),
          auth: personAuth(),
          path: 'secret/subkeys/nivesh/backend',
          response: { data: { subkeys: { jwt_secret: null }, metadata: { version: 4 } } },
        },
        { time: day(5), auth: personAuth(), path: 'secret/metadata/nivesh/backend', response: { data: {} } },
        { time: day(5), operation: 'patch', response: { data: { version: 5 } } },
        { time: day(6), operation: 'update', path: 'secret/destroy/nivesh/backend', response: null },
        { time: day(6), auth: personAuth('ravi', false), error: '1 error occurred:\n\t* permission denied\n\n' },
        {
          time: day(7),
          auth: null,
          clientToken: 'hmac-sha256:gone',
          error: '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n',
        },
        { time: day(7), response: { data: { http_status_code: 404 } } },
        { time: day(7), auth: personAuth(), path: 'secret/data/nivesh/backend/' },
        { time: day(7), auth: personAuth(), path: 'secret/data/other/nivesh/backend' },
      ),
    );
    const report = await ask([log]);
    expect(report.gaps).toEqual([]);
    expect(report.workloads).toEqual([
      {
        identity: { kind: 'workload', name: 'nivesh/nivesh-backend', detail: 'role nivesh-backend' },
        path: 'nivesh/backend',
        action: 'read',
        first: day(2),
        last: day(3),
        count: 2,
        keys: ['encryption_key', 'jwt_secret'],
        versions: [3, 4],
        addresses: ['10.0.0.7'],
      },
    ]);
    expect(brief(report.people)).toEqual(['userpass-asha | read | 1', 'userpass-asha | read field names | 1']);
    expect(brief(report.names)).toEqual(['userpass-asha | read metadata | 1']);
    expect(brief(report.writes)).toEqual([
      'nivesh/nivesh-backend | destroy versions | 1',
      'nivesh/nivesh-backend | patch | 1',
    ]);
    expect(brief(report.refused)).toEqual([
      'nivesh/nivesh-backend | read | 1 | the version is deleted or destroyed',
      'unknown token | read | 1 | permission denied, invalid token',
      'userpass-ravi | read | 1 | permission denied',
    ]);
    expect(report.refused[1]?.identity.detail).toBe('hmac-sha256:gone');
  });

  it('counts for a field only answers that had it', async () => {
    const log = write(
      'audit.log',
      inOrder({ time: day(2), response: values(1, 'jwt_secret') }, { time: day(3), response: values(2, 'other') }),
    );
    expect((await ask([log], { field: 'other' })).workloads).toMatchObject([{ count: 1, versions: [2] }]);
  });

  it('compares instants at the ends of the window, whatever their fractions and zones', async () => {
    const log = write(
      'audit.log',
      inOrder(
        { time: '2026-11-20T00:59:59.999999999Z', auth: personAuth('before') },
        { time: '2026-11-20T01:00:00Z', auth: personAuth('first') },
        { time: '2026-11-20T09:00:00.0Z', auth: personAuth('last') },
        { time: '2026-11-20T09:00:00.001Z', auth: personAuth('after') },
        { time: '2026-11-20T10:30:00+05:30', auth: personAuth('zone') },
      ),
    );
    const { people, gaps } = await ask([log]);
    expect(people.map(({ identity }) => identity.name)).toEqual(['userpass-first', 'userpass-last', 'userpass-zone']);
    expect(gaps).toEqual([]);
  });

  it('counts an answer once that two devices recorded, across rotation, gzip and a file given twice', async () => {
    const calls = Array.from({ length: 6 }, (_, index) => ({ time: day(2 + index), id: undefined }));
    const lines = [...beat, ...calls]
      .sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
      .flatMap((call) => callLines({ time: call.time, ...('path' in call ? call : {}) }));
    // Rotation falls between a request and its response.
    const [old, new_] = [lines.slice(0, 13), lines.slice(13)];
    const files = [
      write('audit.log', `${new_.join('\n')}\n`),
      write('audit.log.1.gz', gzipSync(`${old.join('\n')}\n`)),
      write('second.log', `${lines.slice(4).join('\n')}\n`),
    ];
    const report = await ask([...files, join(folder, 'audit.log*')]);
    expect(report.workloads).toMatchObject([{ count: 6 }]);
    expect(report.duplicates).toBeGreaterThan(0);
    expect(report.coverage.files).toBe(3);
    expect(report.gaps).toEqual([]);
  });

  it('reads the layout of older versions, and entries behind a prefix', async () => {
    const old = callLines({ time: day(2) }).map((line) => {
      const { time, type, ...rest } = JSON.parse(line) as Record<string, unknown>;
      return JSON.stringify({ time, type, ...rest });
    });
    const prefixed = callLines({ time: day(3) }).map((line) => `${day(3)} stdout F ${line}`);
    const log = write('audit.log', `${[...old, ...prefixed].join('\n')}\n${logOf(beat)}`);
    const report = await ask([log]);
    expect(report.workloads).toMatchObject([{ count: 2 }]);
    expect(report.coverage).toMatchObject({ requests: 13, responses: 13 });
    expect(report.gaps.map(({ kind }) => kind)).toEqual(['order']);
  });

  it("passes over the server's own log between the entries of standard output, and counts it", async () => {
    const server = '2026-11-20T02:00:00.000Z [INFO]  core: enabled audit backend: path=stdout/ type=file\n';
    const report = await ask([write('vault.log', `==> Vault server started!\n${server}${inOrder({ time: day(2) })}`)]);
    expect(report.coverage.serverLogLines).toBe(2);
    expect(report.gaps).toEqual([]);
  });

  describe('says what weakens the answer', () => {
    it('when the window begins before the log and ends after it, with the files that were not given', async () => {
      write('audit.log.1', logOf(heartbeat(day(0), 4)));
      write('audit.logic.txt', '');
      const report = await ask([write('audit.log', logOf(heartbeat(day(4), 2)))]);
      expect(told(report)).toEqual([
        'the window begins at 2026-11-20T01:00:00Z, the log at 2026-11-20T04:00:00Z',
        'the window ends at 2026-11-20T09:00:00Z, the log at 2026-11-20T05:00:00Z',
      ]);
      expect(report.gaps[0]?.fix).toBe(`give the rotated files too: ${join(folder, 'audit.log.1')}`);
    });

    it('when there are hours without an entry', async () => {
      const calls = beat.filter((_, hour) => ![3, 4, 7].includes(hour));
      expect(told(await ask([write('audit.log', logOf(calls))]))).toEqual([
        'no entry from 2026-11-20T03:00:00Z to 2026-11-20T05:00:00Z (2 hours)',
        'no entry from 2026-11-20T07:00:00Z to 2026-11-20T08:00:00Z (1 hour)',
      ]);
    });

    it('when a request has no answer, or an answer no request', async () => {
      const [request] = callLines({ time: day(2, '10:00Z'), auth: personAuth() });
      const [, response] = callLines({ time: day(2, '20:00Z'), auth: personAuth('ravi') });
      const log = `${logOf(beat.slice(0, 3))}${request}\n${response}\n${logOf(beat.slice(3))}`;
      const report = await ask([write('audit.log', log)]);
      expect(told(report)).toEqual([
        '1 request for it without an answer in the log: Vault may have answered',
        'audit.log:7 2026-11-20T02:10:00Z userpass-asha',
        '1 answer about it without a request in the log: lines are missing',
        'audit.log:8',
      ]);
      expect(brief(report.people)).toEqual(['userpass-ravi | read | 1']);
    });

    it('when many answers of others are missing', async () => {
      const lost = Array.from({ length: 30 }, () => callLines({ time: day(2), path: 'secret/data/x' })[0]);
      const log = `${logOf(beat.slice(0, 3))}${lost.join('\n')}\n${logOf(beat.slice(3))}`;
      expect(told(await ask([write('audit.log', log)]))).toEqual([
        '41 requests and 11 responses in the whole log: lines are missing',
      ]);
    });

    it('when an audit device was enabled or disabled', async () => {
      const enabling = { path: 'sys/audit/second', operation: 'update', response: null, auth: personAuth('root') };
      const log = inOrder(
        { ...enabling, time: day(2) },
        { ...enabling, time: day(3), operation: 'delete' },
        { ...enabling, time: day(3), path: 'sys/audit/third', error: '1 error occurred:\n\t* permission denied\n\n' },
        { ...enabling, time: day(4), path: 'sys/audit', operation: 'read' },
      );
      expect(told(await ask([write('audit.log', log)]))).toEqual([
        `audit device "second" was enabled at ${day(2)} by userpass-root: it recorded nothing before`,
        `audit device "second" was disabled at ${day(3)} by userpass-root: it recorded nothing from then on`,
      ]);
    });

    it('when the disabled device itself has no answer, and when only the first entry of a new device shows it', async () => {
      const by = { path: 'sys/audit/file', operation: 'update', response: null, auth: personAuth('root') };
      const trial =
        '{"request":{"id":"7f9c24e8-3b12-4fef-91e0-5b3d2a16c001","namespace":{"id":"root"},"operation":"update",' +
        `"path":"sys/audit/test"},"time":"${day(2)}","type":"request"}`;
      const [, enabled] = callLines({ ...by, time: day(2) });
      const [disabling] = callLines({ ...by, time: day(3), operation: 'delete' });
      const log = `${trial}\n${enabled}\n${disabling}\n`;
      const report = await ask([write('a.log', logOf(beat)), write('b.log', log)]);
      expect(told(report)).toEqual([
        `audit device "file" was enabled at ${day(2)} by userpass-root: it recorded nothing before`,
        `audit device "file" was disabled at ${day(3)} by userpass-root (asked for; the answer is not in the log): it recorded nothing from then on`,
      ]);
    });

    it('when values went into a wrapping token', async () => {
      const token = hash();
      const report = await ask([write('audit.log', inOrder({ time: day(2), response: { wrap_info: { token } } }))]);
      expect(brief(report.workloads)).toEqual(['nivesh/nivesh-backend | read, wrapped | 1']);
      expect(report.gaps).toMatchObject([{ kind: 'wrapped', places: [token] }]);
    });
  });

  describe('reports and counts what it cannot read, and answers from the rest', () => {
    const reads = (report: AccessReport): number | undefined => report.workloads[0]?.count;

    it('a truncated last line', async () => {
      const [, response] = callLines({ time: day(9) });
      const report = await ask([write('audit.log', inOrder({ time: day(2) }) + response.slice(0, -30))]);
      expect(reads(report)).toBe(1);
      expect(told(report)).toEqual([
        'audit.log: 1 line could not be read; 1 of those shown holds what was looked for',
        expect.stringMatching(/^audit\.log:25 cut short, \d+ bytes, holds what was looked for$/),
      ]);
    });

    it('binary garbage, text that is no entry, JSON that is none, and two entries on one line', async () => {
      const [request, response] = callLines({ time: day(0) });
      const lines = [
        Buffer.from([0, 1, 2, 0xff, 0xfe, 0x7b]),
        'hello',
        '{"a":1}',
        'null',
        `${request.slice(0, 100)}${response}`,
      ].flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
      const log = Buffer.concat([...lines, Buffer.from(inOrder({ time: day(2) }))]);
      const report = await ask([write('audit.log', log)]);
      expect(reads(report)).toBe(1);
      expect(told(report)).toEqual([
        'audit.log: 5 lines could not be read; 1 of those shown holds what was looked for',
        'audit.log:1 binary, 6 bytes',
        'audit.log:2 not an entry, 5 bytes',
        'audit.log:3 not an entry, 7 bytes',
        'audit.log:4 not an entry, 4 bytes',
        expect.stringMatching(/^audit\.log:5 not an entry, \d+ bytes, holds what was looked for$/),
      ]);
    });

    it('damage in the middle of a line, when asked to be thorough', async () => {
      const [request] = callLines({ time: day(2), path: 'secret/data/x' });
      const broken = `${request.slice(0, 200)}\u0000${request.slice(220)}`;
      const log = write('audit.log', `${logOf(beat.slice(0, 3))}${broken}\n${logOf(beat.slice(3))}`);
      expect(told(await ask([log]))).toEqual([]);
      expect(told(await ask([log], { thorough: true }))).toEqual([
        'audit.log: 1 line could not be read',
        expect.stringContaining('audit.log:7 binary'),
      ]);
    });

    it('entries out of order', async () => {
      const log = write('audit.log', logOf([...beat, { time: day(2) }, { time: '2026-11-20T09:59:58Z' }]));
      const report = await ask([log]);
      expect(reads(report)).toBe(1);
      expect(told(report)).toEqual([
        'audit.log: 2 entries older than one before: the clock was set back, or lines were moved',
        'audit.log:23 28800 s older',
        'audit.log:24 28800 s older',
      ]);
    });

    it('lines of 10 MB are read, lines of 20 MB are not, and memory stays bounded', async () => {
      const huge = (megabytes: number): object => ({
        data: { ...values(), filler: Array.from({ length: megabytes * 1000 }, () => 'x'.repeat(1000)) },
      });
      const log = write(
        'audit.log',
        inOrder({ time: day(2), response: { ...values(), ...huge(10) } }, { time: day(3), response: huge(20) }),
      );
      const before = process.memoryUsage.rss();
      const report = await ask([log]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(300_000_000);
      expect(report.coverage.longLines).toBe(1);
      expect(told(report)).toEqual([
        'audit.log: 1 line could not be read; 1 of those shown holds what was looked for',
        expect.stringMatching(/^audit\.log:12 too long to read, 2\d{7} bytes, holds what was looked for$/),
        '1 request for it without an answer in the log: Vault may have answered',
        expect.stringContaining('audit.log:11 '),
      ]);
    });

    it('an empty file, empty lines and CRLF are no gap', async () => {
      const log = write('audit.log', `\r\n\n${inOrder({ time: day(2) }).replaceAll('\n', '\r\n')}`);
      const report = await ask([log, write('audit.log.1', '')]);
      expect(reads(report)).toBe(1);
      expect(report.coverage.emptyFiles).toEqual([join(folder, 'audit.log.1')]);
      expect(report.gaps).toEqual([]);
    });

    it('a gzip file that is cut short: what it holds counts', async () => {
      const packed = gzipSync(inOrder({ time: day(2) }) + logOf(heartbeat(day(9), 2000)));
      const report = await ask([write('audit.log.gz', packed.subarray(0, packed.length - 2000))]);
      expect(reads(report)).toBe(1);
      expect(told(report)[0]).toMatch(
        /^audit\.log\.gz: only its first \d+ lines were read: the gzip file is cut short or damaged: (Error: )?unexpected end of file$/,
      );
    });

    it('a damaged gzip file, another compression, a directory, and a file that may not be read', async () => {
      mkdirSync(join(folder, 'logs'));
      const log = write('audit.log', inOrder({ time: day(2) }));
      const damaged = Buffer.concat([Buffer.from('1f8b0800', 'hex'), Buffer.alloc(50, 0xff)]);
      const zstd = write('c.zst', Buffer.from('28b52ffd00', 'hex'));
      const report = await ask([log, write('b.gz', damaged), zstd, join(folder, 'logs'), '/dev/null']);
      expect(reads(report)).toBe(1);
      expect(told(report)).toEqual([
        'logs was not read: it is a directory',
        '/dev/null was not read: it is not a regular file',
        expect.stringMatching(/^b\.gz: it was not read: the gzip file is cut short or damaged: /),
        'c.zst: it was not read: it is compressed with zstd',
      ]);
    });

    it('a file that may not be read', async () => {
      const log = write('audit.log', inOrder({ time: day(2) }));
      const secret = write('audit.log.1', logOf(beat));
      chmodSync(secret, 0);
      // The administrator may read everything, so another user asks.
      const asRoot = process.getuid?.() === 0;
      if (asRoot) {
        chmodSync(folder, 0o755);
        process.seteuid?.(65_534);
      }
      try {
        const report = await ask([log, secret]);
        expect(reads(report)).toBe(1);
        expect(told(report)).toEqual([
          expect.stringMatching(/^audit\.log\.1: it was not read: it cannot be read: (Error: )?EACCES/),
        ]);
      } finally {
        if (asRoot) {
          process.seteuid?.(0);
        }
      }
    });

    it('anything at all: every line of any bytes is counted, and every read beside it is found', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 12 }),
          fc.array(fc.nat(23), { maxLength: 12 }),
          async (garbage, positions) => {
            const lines = inOrder({ time: day(2) })
              .trimEnd()
              .split('\n')
              .map((line) => Buffer.from(`${line}\n`));
            let inserted = 0;
            for (const [index, bytes] of garbage.entries()) {
              const line = bytes.map((value) => (value === 10 || value === 13 ? 0 : value));
              lines.splice(positions[index] ?? 0, 0, Buffer.concat([line, Buffer.from('\n')]));
              inserted++;
            }
            const report = await ask([write('audit.log', Buffer.concat(lines))]);
            expect(reads(report)).toBe(1);
            expect(report.coverage.lines).toBe(24 + inserted);
            expect(report.coverage.responses).toBe(12);
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  it('finds every read wherever chunks of the file end', async () => {
    const calls = Array.from({ length: 9000 }, (_, index) => ({
      time: new Date(Date.parse(day(1)) + index * 3000).toISOString(),
      path: index % 9 === 0 ? 'secret/data/nivesh/backend' : `secret/data/nivesh/other${index % 7}`,
    }));
    const report = await ask([write('audit.log', logOf([...beat.slice(0, 1), ...calls]))]);
    expect(report.workloads).toMatchObject([{ count: 1000 }]);
    expect(report.coverage.lines).toBe(18_002);
  });
});
