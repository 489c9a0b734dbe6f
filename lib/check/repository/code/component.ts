import { posix } from 'node:path';
import type { Location } from '../model';

/** An environment variable that a program reads. */
export interface CodeVariable {
  readonly name: string;
  readonly location: Location;
  /** Whether the program goes on without it. */
  readonly optional: boolean;
}

/** A program of the repository: a folder that an image is built from. */
export interface CodeComponent {
  /** Path from the root; `.` for the root itself. */
  readonly folder: string;
  /** What its image may be called: names of Compose services and images, of the package, of the folder. */
  readonly names: readonly string[];
  /** Variables that its Dockerfile sets. */
  readonly built: ReadonlySet<string>;
  readonly variables: readonly CodeVariable[];
  /** Every word of its files, and of those that several programs share, in upper case. */
  readonly mentions: ReadonlySet<string>;
  /** Whether all that it reads is known: it says no names that are only known when it runs. */
  readonly known: boolean;
}

/** The folder of the innermost component that a file belongs to. */
export function ownerOf(file: string, folders: ReadonlySet<string>): string | undefined {
  for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
    if (folders.has(folder)) {
      return folder;
    }
    if (folder === '.') {
      return undefined;
    }
  }
}

/**
 * The program that an image runs: the one of that name, else the only one whose name ends the image's, as `backend` ends
 * `shop-backend`. Nothing where it would be a guess.
 */
export function componentOfImage(image: string, components: readonly CodeComponent[]): CodeComponent | undefined {
  const name = imageName(image);
  const exact = components.filter(({ names }) => names.includes(name));
  const similar = components.filter(({ names }) => names.some((own) => name.endsWith(`-${own}`)));
  const found = exact.length > 0 ? exact : similar;
  return found.length === 1 ? found[0] : undefined;
}

/** `backend` of `registry.example/shop/backend:1.2@sha256:...`. */
export function imageName(image: string): string {
  const last = image.split('/').at(-1) ?? image;
  return last.split(/[@:]/, 1)[0] ?? last;
}
