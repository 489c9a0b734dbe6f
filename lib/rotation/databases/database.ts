import type { Problem } from '../../catalog';
import type { SecretValue } from '../../values/secret-value';

/** Who logs in, and with which password. */
export interface Credential {
  readonly user: string;
  readonly password: SecretValue;
}

/** Whose turn it is: the user in use until now, and the one that takes over. */
export interface Turn {
  readonly from: string;
  readonly to: string;
}

/** What a user has open at this moment. */
export interface OpenSessions {
  readonly count: number;
  /** Programs and addresses, for the person who has to find them. Never a statement, which may hold values. */
  readonly clients: readonly string[];
}

/** What a rotation is going to do, as far as checks need to know. */
export interface CheckOptions {
  /** Whether sessions will be ended. */
  readonly endsSessions: boolean;
  /** Whether the new credential is in Vault already, so that a program may use it. */
  readonly published: boolean;
}

/** A server, reached as its administrator. Every method that changes something may be called again after a crash. */
interface Database {
  /**
   * Whether the server takes a credential, by logging in with it.
   * @throws RotationError where it gives no answer, so that silence is never taken for a refusal
   */
  accepts(credential: Credential): Promise<boolean>;
  /** Ends what a user has open, as far as the server can. */
  endSessions(user: string): Promise<void>;
  close(): Promise<void>;
}

/** A server on which two users take turns. */
export interface AlternatingUsersDatabase extends Database {
  /** Everything that can be known before something is changed. Reads only, reports all. */
  check(turn: Turn, options: CheckOptions): Promise<Problem[]>;
  /** Makes the next user where it is missing, gives it all rights of the other one, and a password. */
  provision(turn: Turn, password: SecretValue): Promise<void>;
  /**
   * Shows, as the next user, that it may log in and do what the other one may.
   * @throws RotationError if it may not
   */
  proveAccess(turn: Turn, password: SecretValue): Promise<void>;
  sessions(user: string): Promise<OpenSessions>;
  /** Takes the user's password away, so that nobody can log in as it. */
  lock(user: string): Promise<void>;
}

/** A server on which one user has several passwords for a while. */
export interface DualPasswordDatabase extends Database {
  /** Everything that can be known before something is changed. Reads only, reports all. */
  check(user: string): Promise<Problem[]>;
  /** Adds a password, in such a way that it survives a restart of the server. */
  addPassword(user: string, password: SecretValue): Promise<void>;
  /** Removes every password but one, in such a way that it survives a restart of the server. */
  keepOnly(user: string, password: SecretValue): Promise<void>;
}
