import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { environmentError } from '../cli/errors';
import { SecretValue } from '../values/secret-value';
import { type CiPlace, type CiStore, secretsPath, type StoredSecret } from './store';

const pageShape = z.object({ secrets: z.array(z.object({ name: z.string(), updated_at: z.string() })) });
const pageSize = 100;

/** GitHub's own command line, which is logged in already (https://cli.github.com/manual/gh_secret_set). */
export class GithubCliStore implements CiStore {
  readonly description = 'the GitHub command line (gh)';

  constructor(private readonly place: CiPlace) {}

  async list(): Promise<StoredSecret[]> {
    const secrets: StoredSecret[] = [];
    for (let page = 1; ; page++) {
      // "gh secret list" has no JSON in older releases; the same call of the API has.
      const path = `${secretsPath(this.place)}?per_page=${pageSize}&page=${page}`;
      const found = readPage(await runGh(['api', path]));
      secrets.push(...found);
      if (found.length < pageSize) {
        return secrets;
      }
    }
  }

  async set(name: string, value: SecretValue): Promise<void> {
    // Without --body, gh reads the value from standard input, so that no process list shows it.
    const { repository, environment } = this.place;
    const where = ['--repo', repository, ...(environment === undefined ? [] : ['--env', environment])];
    await runGh(['secret', 'set', name, ...where], value);
  }
}

/** The token that gh is logged in with (https://cli.github.com/manual/gh_auth_token). */
export async function githubCliToken(): Promise<SecretValue> {
  return new SecretValue((await runGh(['auth', 'token'])).trim());
}

async function runGh(argumentList: readonly string[], input?: SecretValue): Promise<string> {
  const child = spawn('gh', argumentList, {
    env: { ...process.env, GH_PROMPT_DISABLED: '1', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', () => {
      reject(
        environmentError(
          'there is no token for GitHub, and gh cannot be run',
          'set GITHUB_TOKEN or GH_TOKEN, or install gh and run "gh auth login"',
        ),
      );
    });
    child.once('close', resolve);
  });
  // gh may end before it has read everything; its exit code says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input?.reveal() ?? '');
  const [code, output, words] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    const reason = words.trim().split('\n')[0] ?? '';
    const shown = input === undefined || !reason.includes(input.reveal()) ? reason : 'no reason that can be shown';
    throw environmentError(`gh ${argumentList.slice(0, 2).join(' ')} failed: ${shown}`, 'run "gh auth status"');
  }
  return output;
}

function readPage(output: string): StoredSecret[] {
  let document: unknown;
  try {
    document = JSON.parse(output);
  } catch {
    document = undefined;
  }
  const page = pageShape.safeParse(document);
  if (!page.success) {
    throw environmentError('gh gave an answer of another form', 'update gh');
  }
  return page.data.secrets.map(({ name, updated_at }) => ({ name, updatedAt: new Date(updated_at) }));
}
