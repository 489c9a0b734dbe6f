import { isHarmless, isPlausible } from './plausible-value';

/** A password inside a URL. */
export interface UrlPassword {
  readonly start: number;
  readonly value: string;
}

const scheme = /[a-z][a-z0-9+.-]{0,30}$/i;
/** A user name may be missing, as in `redis://:password@host`; a password may hold an unescaped `/`. */
const userinfo = /[^\s:@/"'`<>{}()[\]|\\]{0,200}:([^\s@"'`<>\\]{1,512})@[\w[{$%.-]/y;
/** A `/` ends the address of a web server, and what follows may hold an `@`. */
const isWeb = /(?:^|\+)https?$/i;
const shortestPassword = 6;

/** Finds the passwords of URLs such as `postgresql://user:password@host`, whatever the scheme. */
export function* findUrlPasswords(text: string): Generator<UrlPassword> {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const [name] = scheme.exec(text.slice(Math.max(0, at - 31), at)) ?? [];
    userinfo.lastIndex = at + 3;
    const [whole, value] = userinfo.exec(text) ?? [];
    if (name !== undefined && whole !== undefined && value !== undefined && isPassword(value, name)) {
      yield { start: at + 3 + whole.lastIndexOf(`:${value}@`) + 1, value };
    }
  }
}

function isPassword(encoded: string, schemeName: string): boolean {
  const value = decode(encoded);
  return encoded.includes('/')
    ? !isWeb.test(schemeName) && isPlausible(value)
    : value.length >= shortestPassword && !/^\d{1,5}$/.test(value) && !/^\$\w+$/.test(value) && !isHarmless(value);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
