import { readFileSync } from 'node:fs';
import type { lintSource as LintSource } from '@secretlint/core' with { 'resolution-mode': 'import' };
import type { creator as Creator } from '@secretlint/secretlint-rule-preset-recommend' with {
  'resolution-mode': 'import',
};
import { SecretValue } from '../values/secret-value';
import type { Candidate, Detector, SourceText } from './detector';
import { isHarmless } from './plausible-value';

/** secretlint's recommended rules (https://github.com/secretlint/secretlint), in this process. */
export class SecretlintDetector implements Detector {
  readonly name = 'secretlint';

  private constructor(
    private readonly lintSource: typeof LintSource,
    private readonly preset: typeof Creator,
    readonly version: string,
  ) {}

  /** Loads the rules, which are ES modules. */
  static async load(): Promise<SecretlintDetector> {
    const [{ lintSource }, { creator }, { secretLintProfiler }] = await Promise.all([
      import('@secretlint/core'),
      import('@secretlint/secretlint-rule-preset-recommend'),
      import('@secretlint/profiler'),
    ]);
    // Its time grows with the square of the number of files.
    secretLintProfiler.mark = () => undefined;
    return new SecretlintDetector(lintSource, creator, versionOf('@secretlint/secretlint-rule-preset-recommend'));
  }

  async find({ path, text }: SourceText): Promise<Candidate[]> {
    const { messages } = await this.lintSource({
      source: { filePath: path, content: text, contentType: 'text' },
      options: { config: { rules: [{ id: this.preset.meta.id, rule: this.preset }] }, noPhysicFilePath: true },
    });
    return messages
      .filter(({ range: [start, end] }) => !isHarmless(text.slice(start, end)))
      .map(({ ruleId, range: [start, end] }) => ({
        rule: ruleId.replace('@secretlint/secretlint-rule-', ''),
        start,
        value: new SecretValue(text.slice(start, end)),
      }));
  }
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version;
}
