import { mergeGitignore } from '../../../lib/scanning/setup/gitignore';

it.each([
  ['no file', undefined, '.env*\n!.env*.example\n.embedded/\n'],
  ['other lines', 'node_modules', 'node_modules\n.env*\n!.env*.example\n.embedded/\n'],
  ['a part', '.env*\n/.embedded\n', '.env*\n/.embedded\n!.env*.example\n'],
  [
    'an exception before its rule',
    '!.env*.example\n.env*\n.embedded/\n',
    '!.env*.example\n.env*\n.embedded/\n!.env*.example\n',
  ],
  ['line ends of Windows', 'dist\r\n', 'dist\r\n.env*\r\n!.env*.example\r\n.embedded/\r\n'],
])('gets the lines that are missing, with %s', (_, before, after) => {
  expect(mergeGitignore(before)).toEqual({ text: after, problems: [] });
  expect(mergeGitignore(after).text).toBe(after);
});
