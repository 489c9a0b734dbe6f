import { randomBytes } from 'node:crypto';
import { codeBlocks, runTypeScript } from '../support/documentation';

describe('docs/jwt.md', () => {
  it('shows a program that runs', () => {
    const [program = ''] = codeBlocks('jwt.md', 'ts');
    expect(runTypeScript(program, { JWT_SECRET: randomBytes(32).toString('hex') })).toBe('user-1 signing\n');
  });
});
