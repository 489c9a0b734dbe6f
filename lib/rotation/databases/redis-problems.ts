import { type Problem, quoted } from '../../catalog';
import type { UserStore } from './redis-commands';

/** What one server says about itself and about the user. */
export interface RedisFacts {
  /** `127.0.0.1:6379`. */
  readonly address: string;
  readonly version: string;
  readonly admin: string;
  readonly store: UserStore;
  /** Nothing where there is no such user. */
  readonly flags: readonly string[] | undefined;
  readonly role: string;
  /** Of a primary. */
  readonly replicas: number;
  /** Whom the server logs in as at its primary; nothing where it does not. */
  readonly replicatesAs: string | undefined;
  /** Of its cluster; 1 without one. */
  readonly nodes: number;
  /** Commands that the rotation needs and the administrator may not use. */
  readonly forbidden: readonly string[];
}

/** What stands in the way of a second password on all servers of one installation. */
export function redisProblems(user: string, servers: readonly RedisFacts[]): Problem[] {
  return [...servers.flatMap((server) => serverProblems(user, server)), ...reachProblems(servers)];
}

function serverProblems(user: string, server: RedisFacts): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string, got: string, allowed: string, fix: string): void => {
    problems.push({ path: `redis ${server.address}`, what, got, allowed, fix });
  };
  if (Number(server.version.split('.')[0]) < 6) {
    add('the release has no users', server.version, 'Redis 6 or newer', 'upgrade the server');
  }
  if (server.admin === user) {
    add(
      'the administrator is the user that is rotated, and would lock itself out',
      quoted(user),
      'another user',
      'ACL SETUSER rotator on ><password> ~* &* +@all, and use it in the URL of the administrator',
    );
  }
  if (!server.flags) {
    add('there is no such user', quoted(user), 'a user of this server', `create it with ACL SETUSER ${user}`);
  } else if (server.flags.includes('nopass')) {
    add(
      'the user accepts every password, so there is nothing to rotate',
      'nopass',
      'a user with passwords',
      `ACL SETUSER ${user} resetpass ><the password that is in Vault>`,
    );
  } else if (!server.flags.includes('on')) {
    add('the user is switched off', 'off', 'on', `ACL SETUSER ${user} on`);
  }
  if (server.store === 'memory') {
    add(
      'the server cannot write its users down, so the change would be lost when it restarts',
      'neither an aclfile nor a configuration file',
      'one of both, writable by the server',
      'start it with a configuration file, best with "aclfile /data/users.acl" in it',
    );
  }
  if (server.replicatesAs === user) {
    add(
      'the server logs in at its primary as the user that is rotated',
      `masteruser ${user}`,
      'a user of its own for replication',
      'ACL SETUSER replica on ><password> +psync +replconf +ping on every server, then set masteruser and masterauth to it',
    );
  }
  if (server.forbidden.length > 0) {
    add(
      'the administrator may not use commands that the rotation needs',
      server.forbidden.join(', '),
      'all of them',
      `ACL SETUSER ${server.admin} ${server.forbidden.map((command) => `+${command}`).join(' ')}`,
    );
  }
  return problems;
}

/** Users are not replicated: each server must be told. */
function reachProblems(servers: readonly RedisFacts[]): Problem[] {
  const problems: Problem[] = [];
  const add = (what: string, got: string, allowed: string): void => {
    const fix = 'list the URLs of all servers in the variable of the administrator, separated by blanks';
    problems.push({ path: 'redis', what, got, allowed, fix });
  };
  const primaries = servers.filter(({ role }) => role === 'master');
  const replicas = servers.length - primaries.length;
  const expected = primaries.reduce((sum, primary) => sum + primary.replicas, 0);
  if (primaries.length === 0) {
    add('only replicas are reached', `${replicas} of them`, 'the primary and all of its replicas');
  } else if (expected > replicas) {
    add(
      'users are not replicated, so replicas would refuse the new password',
      `${replicas} of ${expected} replicas`,
      'the primary and all of its replicas',
    );
  }
  const nodes = Math.max(...servers.map((server) => server.nodes));
  if (nodes > servers.length) {
    add('the nodes of a cluster do not share their users', `${servers.length} of ${nodes} nodes`, 'all nodes');
  }
  return problems;
}
