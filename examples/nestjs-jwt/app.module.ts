import { Body, Controller, Get, Inject, Module, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule } from '@nestjs/passport';
import { JwtKeys, JwtSigner } from 'nivesh-secrets/jwt';
import { JWT_KEYS, tokenSettings } from './jwt.settings';
import { JwtStrategy, type User } from './jwt.strategy';

@Controller()
class AppController {
  readonly #keys: JwtKeys;
  readonly #signer: JwtSigner;

  constructor(@Inject(JWT_KEYS) keys: JwtKeys) {
    this.#keys = keys;
    this.#signer = new JwtSigner(keys, { ...tokenSettings, longestLife: '30d' });
  }

  /** A real service checks a password first. */
  @Post('login')
  async login(@Body() body: { readonly user: string }): Promise<{ token: string }> {
    return { token: await this.#signer.sign({ sub: body.user }, { expiresIn: '7d' }) };
  }

  @UseGuards(AuthGuard('jwt'))
  @Get('me')
  me(@Req() request: { readonly user: User }): User {
    return request.user;
  }

  /** Ids of the keys, not the keys: shows which phase of a rotation this process is in. */
  @Get('keys')
  keys(): ReturnType<JwtKeys['describe']> {
    return this.#keys.describe();
  }
}

@Module({
  imports: [PassportModule],
  controllers: [AppController],
  providers: [JwtStrategy, { provide: JWT_KEYS, useFactory: () => JwtKeys.fromEnvironment() }],
})
export class AppModule {}
