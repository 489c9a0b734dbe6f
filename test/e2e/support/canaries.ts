import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Every regular file below a folder. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/**
 * Places where a value stands as it is, in base64 (in any of its three alignments), or percent-encoded.
 * @returns the name of the place, never the value
 */
export function findValues(
  values: readonly string[],
  files: readonly string[],
  texts: readonly string[] = [],
): string[] {
  const forms = values.flatMap(formsOf);
  const places: [string, string][] = [
    ...files.map((file): [string, string] => [file, readFileSync(file, 'latin1')]),
    ...texts.map((text, index): [string, string] => [`text ${index}`, text]),
  ];
  return places.filter(([, content]) => forms.some((form) => content.includes(form))).map(([place]) => place);
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const aligned = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters mix with what stands before and after.
    return text.slice(shift === 0 ? 0 : 4, -2);
  });
  return [bytes.toString('latin1'), encodeURIComponent(value), ...aligned].filter((form) => form.length >= 8);
}

/** Collects the arguments of every process of the machine while it watches. */
export function watchProcessArguments(everyMs = 25): { readonly seen: () => string[]; readonly stop: () => void } {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // It has ended.
      }
    }
  };
  const timer = setInterval(look, everyMs);
  return {
    seen: () => [...seen],
    stop: () => {
      clearInterval(timer);
    },
  };
}
