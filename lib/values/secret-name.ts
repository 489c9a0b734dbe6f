const secretWords =
  /(?:PASSWORD|PASSWD|PASSPHRASE|(?:^|_)(?:PWD|PASS)(?:$|_)|SECRET|TOKEN|API_?KEYS?|PRIVATE_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|ACCESS_?KEY|FERNET_?KEY|CREDENTIALS?|WEBHOOK_URL|(?:^|_)AUTH$|(?:^|_)DSN$)/i;

/** Names that speak about a secret without holding one: its file, its life, its user. */
const aboutSecrets =
  /(?:_FILE|_PATH|_DIR|_NAME|_ID|_TTL|_EXPIRES?(?:_IN)?|_EXPIRY|_ALGORITHM|_ROUNDS|_LENGTH|_MIN|_MAX|MAX_TOKENS|_LIMIT|_HEADER|_ISSUER|_URL)$/i;

/** Whether a variable of this name holds a secret, to judge by its name alone. */
export function isSecretName(name: string): boolean {
  return secretWords.test(name) && (/WEBHOOK_URL$/i.test(name) || !aboutSecrets.test(name));
}
