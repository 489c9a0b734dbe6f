import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { verbs } from '../lib/cli/verbs';
import { packageRoot } from '../lib/package-root';

const root = packageRoot();

const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].concat(
  readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
);

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Calls of the command line in code blocks, lines that go on joined. */
function callsIn(page: string): string[] {
  const blocks = [...textOf(page).matchAll(/^```(?:sh|bash|shell|text|console)\n([\s\S]*?)^```/gm)].map(
    ([, block]) => block ?? '',
  );
  return blocks
    .flatMap((block) => block.replace(/\\\n\s*/g, ' ').split('\n'))
    .flatMap((line) =>
      [...line.matchAll(/(?:^|[|$] |&& |npx )nivesh-secrets (?!--)([^|#>&)]*)/g)].map(([, call]) =>
        (call ?? '').trim(),
      ),
    )
    .filter((call) => /^[a-z]/.test(call));
}

async function commandOf(words: string[]): Promise<{ command: Command; rest: string[] } | undefined> {
  const verb = verbs.find(({ name }) => name === words[0]);
  let command = await verb?.load();
  let rest = words.slice(1);
  for (let inner = nested(command, rest[0]); command && inner; inner = nested(command, rest[0])) {
    command = inner;
    rest = rest.slice(1);
  }
  return command && { command, rest };
}

function nested(command: Command | undefined, name: string | undefined): Command | undefined {
  return command?.commands.find((candidate) => candidate.name() === name);
}

describe('documentation', () => {
  const calls = pages.flatMap((page) => callsIn(page).map((call) => [page, call] as const));

  it('shows how to call every verb', () => {
    const shown = new Set(calls.map(([, call]) => call.split(/\s+/)[0]));
    expect(verbs.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each(calls)('%s calls verbs and options that exist: %s', async (_, call) => {
    const found = await commandOf(call.split(/\s+/));
    expect(found?.command.name()).toBeDefined();
    const known = new Set(found?.command.options.flatMap(({ long, short }) => [long, short]));
    const unknown = (found?.rest ?? [])
      .slice(0, found?.rest.includes('--') ? found.rest.indexOf('--') : undefined)
      .filter((word) => /^--?[a-z]/.test(word))
      .map((word) => word.split('=')[0])
      .filter((option) => !known.has(option));
    expect(unknown).toEqual([]);
  });

  it.each(pages)('%s has no link that leads nowhere', (page) => {
    const targets = [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target]) => target ?? '');
    expect(targets.filter((target) => !existsSync(resolve(root, dirname(page), target)))).toEqual([]);
  });

  it.each(pages)('%s has no placeholder, machine path or registry address', (page) => {
    expect(textOf(page)).not.toMatch(/@@|TODO|\/root\/|\/tmp\/|proxy\.golang\.org|registry\.npmjs\.org/);
  });
});
