import { createHmac, pbkdf2Sync } from 'node:crypto';
import { scramVerifier } from '../../../lib/rotation/databases/scram-verifier';
import { SecretValue } from '../../../lib/values/secret-value';

describe('scramVerifier', () => {
  // RFC 7677, section 3: the exchange of the user "user" with this password and salt.
  const password = new SecretValue('pencil');
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');

  it('lets the server of RFC 7677 sign as the RFC says', () => {
    const [, serverKey = ''] = /:([^:]+)$/.exec(scramVerifier(password, salt)) ?? [];
    const message = [
      'n=user,r=rOprNGfwEbeRWgbNEkqO',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    ].join(',');
    const signature = createHmac('sha256', Buffer.from(serverKey, 'base64')).update(message).digest('base64');
    expect(signature).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  it('has the form that PostgreSQL stores, with a salt of its own each time', () => {
    const verifiers = [scramVerifier(password), scramVerifier(password)];
    expect(new Set(verifiers).size).toBe(2);
    for (const verifier of verifiers) {
      expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/);
      const salted = pbkdf2Sync(
        'pencil',
        Buffer.from(/:([^$]+)\$/.exec(verifier)?.[1] ?? '', 'base64'),
        4096,
        32,
        'sha256',
      );
      expect(verifier.endsWith(createHmac('sha256', salted).update('Server Key').digest('base64'))).toBe(true);
    }
  });

  it('fails for what would have to be normalized, without showing it', () => {
    const wrong = () => scramVerifier(new SecretValue('pässword'));
    expect(wrong).toThrow('printable ASCII characters');
    expect(wrong).not.toThrow('pässword');
  });
});
