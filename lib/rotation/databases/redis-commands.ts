import { createHash } from 'node:crypto';
import type { SecretValue } from '../../values/secret-value';

/** How Redis writes a password down, and takes it too, so that no command holds the password itself. */
export function passwordHash(password: SecretValue): string {
  return createHash('sha256').update(password.reveal()).digest('hex');
}

/** One more password of a user (https://redis.io/docs/latest/commands/acl-setuser/). */
export function addPasswordCommand(user: string, hash: string): string[] {
  return ['ACL', 'SETUSER', user, `#${hash}`];
}

/** One command, so there is no moment without a password. It also removes those that a crash left behind. */
export function keepOnlyCommand(user: string, hash: string): string[] {
  return ['ACL', 'SETUSER', user, 'resetpass', `#${hash}`];
}

/** Connections of a user, but the one that asks. */
export function endSessionsCommand(user: string): string[] {
  return ['CLIENT', 'KILL', 'USER', user];
}

/** Where a server keeps its users: in a file of their own, in its configuration file, or nowhere. */
export type UserStore = 'aclfile' | 'config' | 'memory';

export function persistCommand(store: UserStore): string[] {
  return store === 'aclfile' ? ['ACL', 'SAVE'] : ['CONFIG', 'REWRITE'];
}

/** Lines `name:value` of INFO. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
