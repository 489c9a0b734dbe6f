import type { Suppression } from './suppressions';

const marker = 'nivesh-secrets-ignore';

/** `nivesh-secrets-ignore RULE until DATE: REASON` */
const form = /nivesh-secrets-ignore[ \t]+([\w-]+)(?:[ \t]+until[ \t]+([\w-]+))?(?:[ \t]*:[ \t]*(\S.*))?/;

/**
 * The comments of a file that take a finding on their own line, or on the next one, as known:
 * `# nivesh-secrets-ignore secret-not-made until 2027-01-31: Terraform makes it`.
 */
export function readIgnoreComments(file: string, text: string): Suppression[] {
  if (!text.includes(marker)) {
    return [];
  }
  return text.split('\n').flatMap((content, index): Suppression[] => {
    const comment = /(?:#|\/\/|--|;)(.*)$/.exec(content)?.[1] ?? '';
    const [found, rule = '', until, reason] = form.exec(comment) ?? [];
    const line = index + 1;
    return found === undefined
      ? []
      : [
          {
            rule,
            location: { file, line },
            kind: 'inSource',
            ...(until === undefined ? {} : { until }),
            ...(reason === undefined ? {} : { reason: reason.replace(/[ \t]*(?:\*\/|\}\}|-->)?\s*$/, '') }),
            covers: ({ location }) => location.file === file && (location.line === line || location.line === line + 1),
          },
        ];
  });
}
