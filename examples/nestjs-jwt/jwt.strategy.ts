import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type JwtKeys, passportKeyProvider } from 'nivesh-secrets/jwt';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { JWT_KEYS, tokenSettings } from './jwt.settings';

export interface User {
  readonly id: string;
}

/** Accepts a token that any of the process's keys signed. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(@Inject(JWT_KEYS) keys: JwtKeys) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: passportKeyProvider(keys),
      algorithms: ['HS256'],
      ...tokenSettings,
    });
  }

  validate(claims: { readonly sub: string }): User {
    return { id: claims.sub };
  }
}
