/** A user of a server and its password. */
export interface Login {
  readonly name: string;
  readonly password: string;
}
