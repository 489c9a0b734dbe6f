import fc from 'fast-check';
import { isCode, readCode } from '../../../../lib/check/repository/code/read-code';

/** `LINE NAME` of each variable, with a `?` where it is not required. */
function reads(path: string, text: string): string[] {
  return readCode(path, text).variables.map(({ name, line, required }) => `${line} ${name}${required ? '' : '?'}`);
}

describe('TypeScript and JavaScript', () => {
  test('a plain read needs a value; a default, a comparison or a question does not', () => {
    const text = `
const a = process.env.A;
const b = process.env['B']!;
const c = process.env.C ?? 'c';
const d = process.env.D || 'd';
const e = process.env.E === 'true';
if (process.env.F) { use(process.env.F); }
const g = process.env.G ? 1 : 2;
const h = Number(process.env.H ?? 3);
const i =
  process.env.I
    ?? 'default on the next line';
call(process.env.J, process.env?.K);
const l = process.env.L?.trim();
`;
    expect(reads('src/main.ts', text)).toEqual([
      '2 A',
      '3 B',
      '4 C?',
      '5 D?',
      '6 E?',
      '7 F?',
      '7 F',
      '8 G?',
      '9 H?',
      '11 I?',
      '13 J',
      '13 K',
      '14 L?',
    ]);
  });

  test('a variable without which the program refuses to start is required', () => {
    expect(reads('a.ts', 'if (!process.env.A) {\n  throw new Error("A is missing");\n}')).toEqual(['1 A']);
    expect(reads('a.ts', 'if (!process.env.A) {\n  warn();\n}')).toEqual(['1 A?']);
  });

  test('what is written, deleted or in a comment is not read', () => {
    expect(reads('a.js', 'process.env.A = "x";\ndelete process.env.B;\n// process.env.C\n * process.env.D')).toEqual(
      [],
    );
  });

  test('destructuring is read, over several lines too', () => {
    expect(reads('a.ts', "const { A, B = 'x', C: renamed, ...rest } = process.env;")).toEqual(['1 A', '1 B?', '1 C']);
    expect(reads('a.ts', "const {\n  A,\n  B = 'x',\n} = process.env;")).toEqual(['2 A', '3 B?']);
  });

  test("NestJS's configuration service is read by names that are variables", () => {
    const text = `
config.getOrThrow<string>('A');
this.configService.get('B');
this.config.get<number>('C', 3);
this.config.get('D') ?? 'd';
this.config.get('E', { infer: true });
this.config.get('redis.password');
cache.get('F');
`;
    expect(reads('a.ts', text)).toEqual(['2 A', '3 B', '4 C?', '5 D?', '6 E']);
  });

  test('keys of zod and Joi schemas of the environment are read', () => {
    const text = `
export const env = z.object({
  A: z.string().min(1),
  B: z.string().default('b'),
  C: z
    .string()
    .optional(),
  D: z.coerce.number(),
});
const schema = Joi.object({
  E: Joi.string().required(),
  F: Joi.string().default('f'),
});`;
    expect(reads('env.ts', text)).toEqual(['3 A', '4 B?', '5 C?', '8 D', '11 E', '12 F?']);
    expect(reads('body.ts', 'z.object({\n  NAME: z.string(),\n})')).toEqual([]);
  });

  test.each(['process.env[name]', 'run({ ...process.env })', 'Object.entries(process.env)', 'config.get(key)'])(
    'more may be read than is listed: %s',
    (text) => {
      expect(readCode('a.ts', text).dynamic).toBe(true);
    },
  );

  test.each(["process.env['A']", 'process.env.A', "config.get('A')", 'const { A } = process.env'])(
    'nothing more is read than is listed: %s',
    (text) => {
      expect(readCode('a.ts', text).dynamic).toBe(false);
    },
  );
});

describe('Python', () => {
  test('os.environ raises, get and getenv have defaults', () => {
    const text = `
A = os.environ["A"]
B = os.environ.get('B', 'b')
C = os.environ.get("C")
D = os.getenv("D", default_of(1))
E = os.getenv("E") or "e"
if os.getenv("F"):
G = int(os.environ.get(
    "G", "1"))
os.environ["H"] = "1"
# os.environ["I"]
J = os.getenv("J", None)
`;
    expect(reads('app/main.py', text)).toEqual(['2 A', '3 B?', '4 C', '5 D?', '6 E?', '7 F?', '8 G?', '12 J']);
  });

  test('fields of pydantic settings are read, with prefix and alias', () => {
    const text = `
class Settings(BaseSettings):
    """What the service needs."""
    model_config = SettingsConfigDict(env_prefix="ML_")
    database_url: str
    api_key: SecretStr = Field(..., min_length=8)
    debug: bool = False
    token: str = Field(alias="HF_TOKEN")
    size: int = Field(default=3, ge=1)
    level: str = Field("info")
    counter: ClassVar[int] = 0

    def address(self) -> str:
        url: str = self.database_url
        return url

class Other(BaseModel):
    name: str
`;
    expect(reads('settings.py', text)).toEqual([
      '5 ML_DATABASE_URL',
      '6 ML_API_KEY',
      '7 ML_DEBUG?',
      '8 HF_TOKEN',
      '9 ML_SIZE?',
      '10 ML_LEVEL?',
    ]);
  });

  test.each(['os.environ[name]', 'os.getenv(name)', 'dict(os.environ)', 'os.environ.copy()', 'run(env=os.environ)'])(
    'more may be read than is listed: %s',
    (text) => {
      expect(readCode('a.py', text).dynamic).toBe(true);
    },
  );
});

test('Go reads with os.Getenv, and asks with if and LookupEnv', () => {
  const text = `
a := os.Getenv("A")
if b := os.Getenv("B"); b != "" {
c, ok := os.LookupEnv("C")
d := os.Getenv("D") == "1"
// os.Getenv("E")
`;
  expect(reads('main.go', text)).toEqual(['2 A', '3 B?', '4 C?', '5 D?']);
  expect(readCode('main.go', 'os.Getenv(name)').dynamic).toBe(true);
});

test('shell scripts require with :? and have defaults with :-', () => {
  expect(reads('run.sh', 'echo "${A:?is missing}" ${B:-b} $C\n# ${D:?}\n${E?}')).toEqual(['1 A', '1 B?', '3 E']);
});

test('tests, packages of others, generated code and declarations are no code', () => {
  const none = [
    'src/a.test.ts',
    'src/a.spec.ts',
    'test/a.ts',
    'node_modules/a/index.js',
    'dist/main.js',
    'a/__tests__/b.ts',
    'app/test_main.py',
    'app/conftest.py',
    'pkg/a_test.go',
    'src/types.d.ts',
    '.venv/lib/a.py',
    'README.md',
    'constructor',
  ];
  expect(none.filter(isCode)).toEqual([]);
  expect(['src/latest.ts', 'app/main.py', 'main.go', 'run.sh'].every(isCode)).toBe(true);
});

test('a line that no person wrote is passed over', () => {
  expect(reads('a.js', `${'x'.repeat(3_000)} process.env.A\nprocess.env.B`)).toEqual(['2 B']);
});

test('any text is read in time that grows with its length only, and lines lie within it', () => {
  const fragments = fc.constantFrom(
    'process.env',
    '.',
    '[',
    "'",
    'A',
    '{',
    '}',
    '=',
    ' ',
    '\n',
    'config.get',
    '<',
    '(',
    ')',
    'Joi',
    ':',
    'os.environ',
    'class S(BaseSettings):',
    '${',
    ':?',
    '?',
  );
  const text = fc.array(fc.oneof(fragments, fc.string()), { maxLength: 300 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.constantFrom('a.ts', 'a.py', 'a.go', 'a.sh'), (content, path) => {
      const started = performance.now();
      const { variables } = readCode(path, content);
      expect(performance.now() - started).toBeLessThan(1_000);
      const lines = content.split('\n').length;
      expect(variables.every(({ name, line }) => /^\w+$/.test(name) && line >= 1 && line <= lines)).toBe(true);
    }),
  );
});
