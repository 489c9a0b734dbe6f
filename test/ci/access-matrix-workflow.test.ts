import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packageRoot } from '../../lib/package-root';
import { NiveshRepository } from '../support/nivesh-repository';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly steps: readonly Step[];
}

const file = readFileSync(join(packageRoot(), '.github/workflows/access-matrix.yml'), 'utf8');
const workflow = parse(file) as { permissions: object; on: object; jobs: { compare: Job; comment: Job } };
const { compare, comment } = workflow.jobs;

function script(job: Job, name: string): string {
  const step = job.steps.find((candidate) => candidate.name === name);
  if (step?.run === undefined) {
    throw new Error(`no step "${name}"`);
  }
  return step.run;
}

describe('the workflow that posts the access matrix', () => {
  it('has no right but to read, and in the job that runs nothing of the pull request, to comment', () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.keys(workflow.on)).toEqual(['pull_request']);
    expect(compare.permissions).toEqual({ contents: 'read' });
    expect(comment.permissions).toEqual({ 'pull-requests': 'write' });
    expect(comment.steps.map(({ uses }) => uses)).toEqual([undefined]);
    expect(comment.if).toContain('head.repo.full_name == github.repository');
  });

  it('pins every action by its commit, and puts no text of a pull request into a script', () => {
    const steps = [...compare.steps, ...comment.steps];
    for (const { uses } of steps.filter((step) => step.uses !== undefined)) {
      expect(uses).toMatch(/^[a-z-]+\/[a-z-]+@[0-9a-f]{40}$/);
    }
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  describe('comparing', () => {
    let repository: NiveshRepository;

    beforeAll(() => {
      repository = new NiveshRepository();
    });

    afterAll(() => {
      repository.dispose();
    });

    async function run(base: string): Promise<{ changed: string; text: string; summary: string }> {
      repository.write('output', '');
      repository.write('summary', '');
      const { code, stderr } = await repository.run(script(compare, 'Compare with the base'), {
        BASE: base,
        GITHUB_OUTPUT: join(repository.root, 'output'),
        GITHUB_STEP_SUMMARY: join(repository.root, 'summary'),
      });
      expect([code, stderr]).toEqual([0, '']);
      const [, changed = '', , text = ''] =
        /^changed=(\w+)\ntext<<(\S+)\n([\s\S]*)\n\2\n$/.exec(repository.read('output')) ?? [];
      return { changed, text, summary: repository.read('summary') };
    }

    it('hands on whether anything changed, and what', async () => {
      const base = repository.git('rev-parse', 'HEAD');
      const same = await run(base);
      expect(same.changed).toBe('false');
      repository.growAccess();
      repository.commit();
      const { changed, text, summary } = await run(base);
      expect(changed).toBe('true');
      expect(text).toContain('| `grafana` | `nivesh/redis` | variables `CACHE_PASSWORD`');
      expect(text.trim()).toBe(summary.trim());
    });
  });

  describe('commenting', () => {
    const token = randomBytes(12).toString('hex');
    const marker = '<!-- nivesh-secrets matrix -->';
    let server: Server;
    let calls: { method: string; path: string; authorization: string | undefined; body: { body?: string } }[];
    let comments: { id: number; user: { login: string }; body: string }[];

    beforeEach(async () => {
      calls = [];
      comments = [];
      server = createServer((request, response) => {
        void textOf(request).then((sent) => {
          const { method = '', url = '', headers } = request;
          const body = (sent === '' ? {} : JSON.parse(sent)) as { body?: string };
          calls.push({ method, path: url, authorization: headers.authorization, body });
          const page = Number(new URL(url, 'http://github').searchParams.get('page') ?? 1);
          response.writeHead(headers.authorization === `Bearer ${token}` ? 200 : 401);
          response.end(JSON.stringify(method === 'GET' ? comments.slice((page - 1) * 100, page * 100) : {}));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });

    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    async function run(changed: boolean, given = token) {
      const { port } = server.address() as AddressInfo;
      const repository = new NiveshRepository();
      try {
        return await repository.run(script(comment, 'Keep one comment up to date'), {
          CHANGED: String(changed),
          TEXT: 'a table with "quotes", `code` and\nlines $(touch hacked)',
          NUMBER: '7',
          TOKEN: given,
          GITHUB_API_URL: `http://127.0.0.1:${port}`,
          GITHUB_REPOSITORY: 'nivesh/nivesh',
        });
      } finally {
        repository.dispose();
      }
    }

    const writes = () => calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    const somebody = (id: number, login = 'somebody', body = 'looks good') => ({ id, user: { login }, body });

    it('writes a comment where there is none, with the text as it is', async () => {
      expect(await run(true)).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(writes()).toEqual(['POST /repos/nivesh/nivesh/issues/7/comments']);
      expect(calls.at(-1)?.body).toEqual({
        body: `${marker}\na table with "quotes", \`code\` and\nlines $(touch hacked)`,
      });
    });

    it('changes its own comment, on whatever page it is, and nobody else’s', async () => {
      comments = [
        somebody(1, 'somebody', `${marker} copied`),
        ...Array.from({ length: 150 }, (_, index) => somebody(index + 2)),
        somebody(999, 'github-actions[bot]', `${marker}\nold`),
      ];
      expect((await run(false)).code).toBe(0);
      expect(writes()).toEqual(['PATCH /repos/nivesh/nivesh/issues/comments/999']);
    });

    it('is silent where nothing changed and nothing was said', async () => {
      comments = Array.from({ length: 100 }, (_, index) => somebody(index));
      expect((await run(false)).code).toBe(0);
      expect(calls).toHaveLength(2);
      expect(writes()).toEqual([]);
    });

    it('fails where GitHub refuses', async () => {
      expect((await run(true, 'another')).code).not.toBe(0);
      expect(writes()).toEqual([]);
    });
  });
});
