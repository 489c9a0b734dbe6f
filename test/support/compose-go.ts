import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What the helper in tools/go/compose-dotenv answers to one question. */
export interface ComposeAnswer {
  readonly values?: Readonly<Record<string, string>>;
  readonly value?: string;
  readonly variables?: Readonly<Record<string, { readonly Required: boolean; readonly DefaultValue: string }>>;
  readonly error?: string;
}

/** Docker Compose's own code (github.com/compose-spec/compose-go), built from the pinned module. */
export class ComposeGo {
  readonly #folder = mkdtempSync(join(tmpdir(), 'compose-dotenv-'));
  readonly #binary = join(this.#folder, 'compose-dotenv');

  constructor() {
    execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-o', this.#binary, '.'], {
      cwd: resolve(__dirname, '../../tools/go/compose-dotenv'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** One answer a question, in order. */
  ask(what: 'parse' | 'substitute' | 'variables', questions: readonly unknown[]): ComposeAnswer[] {
    const output = execFileSync(this.#binary, [what], {
      input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
      maxBuffer: 1 << 30,
      encoding: 'utf8',
    });
    const answers = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ComposeAnswer);
    if (answers.length !== questions.length) {
      throw new Error(`${questions.length} questions, ${answers.length} answers`);
    }
    return answers;
  }

  /** `docker compose config`: the project as loaded, or the error. */
  config(folder: string, files: readonly string[] = []): { readonly project?: unknown; readonly error?: string } {
    const { status, stdout, stderr } = spawnSync(this.#binary, ['config', folder, ...files], { encoding: 'utf8' });
    return status === 0 ? { project: JSON.parse(stdout) } : { error: stderr };
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
