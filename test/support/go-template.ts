import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A template and what it is rendered with. */
export interface TemplateQuestion {
  readonly template: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The text, or why there is none. */
export interface TemplateAnswer {
  readonly text: string;
  readonly error?: string;
}

/** Renders templates with Go's own engine, set up as External Secrets Operator does; one answer a question, in order. */
export function renderGoTemplates(questions: readonly TemplateQuestion[]): TemplateAnswer[] {
  const output = execFileSync('go', ['run', 'main.go'], {
    cwd: join(__dirname, 'go-template'),
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output) as TemplateAnswer[];
}
