import type { Problem } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';
import { ClickhouseServer, isAtLeast, type MakeClickhouseClient, noSuchUser, userProblems } from './clickhouse-server';
import { addStatement, endSessionsStatement, replaceStatement } from './clickhouse-statements';
import type { Credential, DualPasswordDatabase } from './database';

/** One user of ClickHouse 24.9 or newer, which has several ways to log in. */
export class ClickhouseIdentities implements DualPasswordDatabase {
  private constructor(private readonly server: ClickhouseServer) {}

  static async connect(url: string, makeClient?: MakeClickhouseClient): Promise<ClickhouseIdentities> {
    return new ClickhouseIdentities(await ClickhouseServer.connect(url, makeClient));
  }

  async check(user: string): Promise<Problem[]> {
    const { version, admin } = await this.server.facts();
    const problems: Problem[] = [];
    if (!isAtLeast(version, [24, 9])) {
      problems.push({
        path: 'clickhouse',
        what: 'the release has one password a user',
        got: version,
        allowed: '24.9 or newer',
        fix: 'declare alternatingUsers, or upgrade the server',
      });
    }
    const found = (await this.server.users([user])).get(user);
    if (!found) {
      return [...problems, noSuchUser(user)];
    }
    const others = [found.auth_type].flat().filter((type) => !type.endsWith('_password') || type === 'no_password');
    if (others.length > 0) {
      problems.push({
        path: `clickhouse ${user}`,
        what: 'the user logs in in other ways than with a password, and they would be removed',
        got: others.join(', '),
        allowed: 'passwords',
        fix: 'give these ways to a user of their own',
      });
    }
    return [...problems, ...userProblems(user, found, admin)];
  }

  async addPassword(user: string, password: SecretValue): Promise<void> {
    await this.server.run(addStatement(user, password));
  }

  /** Replaces all at once, so it does not matter what crashes left behind, and there is no moment without a password. */
  async keepOnly(user: string, password: SecretValue): Promise<void> {
    await this.server.run(replaceStatement(user, password));
  }

  async accepts(credential: Credential): Promise<boolean> {
    return await this.server.accepts(credential);
  }

  /** Each request over HTTP logs in anew; what is left is what runs. */
  async endSessions(user: string): Promise<void> {
    await this.server.run(endSessionsStatement(user));
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}
