/** How a field is declared, as a guess from its name. */
export interface FieldKind {
  /** Function of the catalog. */
  readonly use: 'issued' | 'password' | 'randomBase64' | 'randomHex' | 'username';
  readonly code: string;
}

const kinds: readonly (readonly [RegExp, FieldKind])[] = [
  [/(?:^|_)(?:user|username|user_name|login)$/, { use: 'username', code: '' }],
  [/fernet/, { use: 'randomBase64', code: 'randomBase64(32)' }],
  [/(?:password|passwd|passphrase|(?:^|_)pwd|(?:^|_)pass)$/, { use: 'password', code: 'password(40)' }],
  [
    /(?:jwt|session|cookie|csrf|signing|hmac|encryption).*(?:secret|key)(?:_previous)?$|(?:^|_)secret_key$/,
    { use: 'randomHex', code: 'randomHex(32)' },
  ],
];

/**
 * Guesses what makes a value by the name of its field. What is nothing else is issued by somebody, so that no value is ever
 * generated that only its issuer can give.
 * @param account what a user is called, since a name has to be declared
 */
export function fieldKind(name: string, account: string): FieldKind {
  const lower = name.toLowerCase();
  const known = kinds.find(([pattern]) => pattern.test(lower))?.[1] ?? issuedKind(lower);
  return known.use === 'username' ? { use: 'username', code: `username('${account}')` } : known;
}

function issuedKind(name: string): FieldKind {
  const [issuer = ''] = name.split('_');
  const by = issuer.charAt(0).toUpperCase() + issuer.slice(1);
  const format = /private_key|_pem$|certificate/.test(name)
    ? 'pem'
    : /(?:_|^)(?:url|uri|dsn|webhook)$/.test(name)
      ? 'url'
      : /(?:service_account|credentials|_json)$/.test(name)
        ? 'json'
        : 'text';
  return {
    use: 'issued',
    code: format === 'text' ? `issued({ by: '${by}' })` : `issued({ by: '${by}', format: '${format}' })`,
  };
}
