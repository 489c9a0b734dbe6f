import { randomBytes } from 'node:crypto';
import type { Problem } from '../../catalog';
import { SecretValue } from '../../values/secret-value';
import { RotationError } from '../errors';
import { busyUserProblem } from './busy-user';
import {
  application,
  ClickhouseServer,
  type MakeClickhouseClient,
  noSuchUser,
  userProblems,
} from './clickhouse-server';
import {
  type ClickhouseSetting,
  endSessionsStatement,
  grantFor,
  processesQuery,
  provisionStatements,
  queryLogQuery,
  quoteName,
  recentQuery,
  replaceStatement,
  rulesQuery,
  settingsQuery,
} from './clickhouse-statements';
import type { AlternatingUsersDatabase, CheckOptions, Credential, OpenSessions, Turn } from './database';

/** Rights with which a user gives itself every other one. */
const managing = /\b(?:ALL|ACCESS MANAGEMENT|CREATE USER|ALTER USER|ROLE ADMIN)\b(?=.* ON \*\.\*)/;

/** Two users of ClickHouse that were made with CREATE USER. */
export class ClickhouseDatabase implements AlternatingUsersDatabase {
  private constructor(private readonly server: ClickhouseServer) {}

  static async connect(url: string, makeClient?: MakeClickhouseClient): Promise<ClickhouseDatabase> {
    return new ClickhouseDatabase(await ClickhouseServer.connect(url, makeClient));
  }

  async check(turn: Turn, options: CheckOptions): Promise<Problem[]> {
    const { admin } = await this.server.facts();
    const users = await this.server.users([turn.from, turn.to]);
    if (!users.has(turn.from)) {
      return [noSuchUser(turn.from)];
    }
    return [
      ...[turn.from, turn.to].flatMap((name) => userProblems(name, users.get(name), admin)),
      ...(await this.rightProblems(turn)),
      ...(options.published || options.endsSessions ? [] : await this.idleProblems(turn)),
    ];
  }

  async provision(turn: Turn, password: SecretValue): Promise<void> {
    const from = (await this.server.users([turn.from])).get(turn.from);
    if (!from) {
      throw new RotationError(`clickhouse: there is no user ${turn.from}`, 'check the URL of the administrator');
    }
    const settings = await this.server.rows<ClickhouseSetting>(settingsQuery, { user: turn.from });
    for (const statement of provisionStatements(turn.to, from, await this.grants(turn.from), settings, password)) {
      await this.server.run(statement);
    }
  }

  async proveAccess(turn: Turn, password: SecretValue): Promise<void> {
    if (!(await this.accepts({ user: turn.to, password }))) {
      throw new RotationError(
        `clickhouse refuses the password that was just given to ${turn.to}; it was not published`,
        'check the server, then run the same command again',
      );
    }
    const wanted = (await this.grants(turn.from)).map((grant) => grantFor(grant, turn.from, turn.to));
    const has = new Set((await this.grants(turn.to)).map((grant) => grantFor(grant, turn.to, turn.to)));
    const lacking = wanted.filter((grant) => !has.has(grant));
    if (lacking.length > 0) {
      throw new RotationError(
        `clickhouse: ${turn.to} may not do what ${turn.from} may; nothing was published`,
        lacking.slice(0, 5).join('; '),
      );
    }
  }

  async accepts(credential: Credential): Promise<boolean> {
    return await this.server.accepts(credential);
  }

  async sessions(user: string): Promise<OpenSessions> {
    const [log] = await this.server.rows<{ count: string | number }>(queryLogQuery);
    const rows = [
      ...(await this.server.rows<{ program: string; address: string }>(processesQuery, { user })),
      ...(Number(log?.count) > 0
        ? await this.server.rows<{ program: string; address: string }>(recentQuery, { user, own: application })
        : []),
    ];
    const clients = rows.map(({ program, address }) => `${program || 'a program without a name'} from ${address}`);
    const distinct = [...new Set(clients)];
    return { count: distinct.length, clients: distinct };
  }

  async endSessions(user: string): Promise<void> {
    await this.server.run(endSessionsStatement(user));
  }

  async lock(user: string): Promise<void> {
    await this.server.run(replaceStatement(user, new SecretValue(randomBytes(32).toString('hex'))));
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private async grants(user: string): Promise<string[]> {
    // The column has the statement for its name.
    const rows = await this.server.rows<Record<string, string>>(`SHOW GRANTS FOR ${quoteName(user)}`);
    return rows.flatMap((row) => Object.values(row));
  }

  private async rightProblems(turn: Turn): Promise<Problem[]> {
    const managed = (await this.grants(turn.from)).some((grant) => managing.test(grant));
    const rules = await this.server.rows<{ kind: string; name: string }>(rulesQuery, { from: turn.from, to: turn.to });
    return [
      ...(managed
        ? [
            {
              path: `clickhouse ${turn.from}`,
              what: 'the user may give itself every right; such a user is never changed here',
              got: 'ALL or ACCESS MANAGEMENT on *.*',
              allowed: 'users that have only the rights that the application needs',
              fix: 'make a user for the application, and write it to Vault',
            },
          ]
        : []),
      ...rules.map(({ kind, name }) => ({
        path: `clickhouse ${turn.to}`,
        what: `a ${kind} applies to one of the two users by its name, and not to the other one`,
        got: `${name} to ${turn.from}`,
        allowed: 'both, or a role that both have',
        fix: `alter the ${kind} ${name} to apply to ${turn.to} as well`,
      })),
    ];
  }

  private async idleProblems({ to }: Turn): Promise<Problem[]> {
    const { count, clients } = await this.sessions(to);
    return count === 0
      ? []
      : [busyUserProblem(`clickhouse ${to}`, clients.join(', '), 'nobody within the last half minute')];
  }
}
