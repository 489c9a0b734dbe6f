import { parseRemote } from '../../lib/scanning/github-remote';

it.each([
  ['https://github.com/nivesh/nivesh.git', 'github.com', 'nivesh/nivesh'],
  ['https://user@github.com/nivesh/a.b_c', 'github.com', 'nivesh/a.b_c'],
  ['git@github.com:nivesh/nivesh.git', 'github.com', 'nivesh/nivesh'],
  ['ssh://git@ssh.github.com:443/nivesh/nivesh.git', 'ssh.github.com', 'nivesh/nivesh'],
  ['github.example.com:nivesh/nivesh/', 'github.example.com', 'nivesh/nivesh'],
])('reads %s', (address, host, repository) => {
  expect(parseRemote(address)).toEqual({ host, repository });
});

it.each([
  '/srv/git/nivesh.git',
  '../nivesh',
  'file:///srv/nivesh/nivesh',
  'https://gitlab.com/a/b/c',
  'git@github.com:nivesh',
  '',
])('knows no repository of GitHub in "%s"', (address) => {
  expect(parseRemote(address)).toBeUndefined();
});
