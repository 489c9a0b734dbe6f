import fc from 'fast-check';
import {
  defineCatalog,
  defineEnvironment,
  issued,
  randomHex,
  type SealingScope,
  sealedSecrets,
  vaultSecret,
  workload,
} from '../../lib/catalog';
import { readCertificates } from '../../lib/sealing/certificate';
import { openValue, sealValue } from '../../lib/sealing/format';
import { type ResealingController, resealEnvironment } from '../../lib/sealing/reseal';
import { encryptionLabel, isWider, scopeAnnotations, scopeOf, type SealedIdentity } from '../../lib/sealing/scope';
import type { SealedSecretObject } from '../../lib/sealing/sealed-secret';
import { sealEnvironment, type SealedEnvironment } from '../../lib/sealing/seal-environment';
import type { CommittedFile } from '../../lib/sealing/sealed-folder';
import { printSealedFile, readSealedFile, type SealedFile } from '../../lib/sealing/sealed-file';
import { generateValue } from '../../lib/values/generate';
import { SecretValue } from '../../lib/values/secret-value';
import { daysFromNow, type KeyPair, makeKeyPair } from './support';

const scopes: readonly SealingScope[] = ['strict', 'namespace-wide', 'cluster-wide'];
const places = ['one', 'two'].flatMap((namespace) => ['app', 'job'].map((name) => ({ namespace, name })));
const labels = [...places.map(({ namespace, name }) => `${namespace}/${name}-secret`), ...['one', 'two'], ''];

/**
 * Controllers as they were and as they could be: fixed (0.36 and newer), one that takes the scope from the template
 * (CVE-2026-22728), and one that somebody replaced.
 */
type Release = 'fixed' | 'vulnerable' | 'hostile';

class ModelController implements ResealingController {
  constructor(
    private readonly keys: readonly KeyPair[],
    private readonly release: Release,
  ) {}

  async certificate(): Promise<string> {
    return await Promise.resolve(this.keys.at(-1)?.certificate ?? '');
  }

  async rotate(object: SealedSecretObject): Promise<Record<string, string>> {
    const { metadata, spec } = object;
    const target = this.release === 'fixed' ? metadata : spec.template.metadata;
    const label = this.release === 'hostile' ? '' : encryptionLabel(scopeOf(target.annotations), target);
    const [newest] = readCertificates(this.keys.at(-1)?.certificate ?? '', 'model').map(({ publicKey }) => publicKey);
    return await Promise.resolve(
      Object.fromEntries(
        Object.entries(this.open(object)).map(([variable, value]) => [
          variable,
          newest ? sealValue(newest, label, value) : '',
        ]),
      ),
    );
  }

  async verify(object: SealedSecretObject): Promise<boolean> {
    try {
      this.open(object);
      return await Promise.resolve(true);
    } catch {
      return false;
    }
  }

  private open({ metadata, spec }: SealedSecretObject): Record<string, Buffer> {
    const label = encryptionLabel(scopeOf(metadata.annotations), metadata);
    const keys = this.keys.map(({ privateKey }) => privateKey);
    return Object.fromEntries(
      Object.entries(spec.encryptedData).map(([variable, sealed]) => [variable, openValue(keys, label, sealed)]),
    );
  }
}

const fields = { 'a/b.key': randomHex(32), 'a/b.pin': issued({ by: 'the bank' }) };

function environmentOf(place: SealedIdentity, scope: SealingScope, certificate: string): SealedEnvironment {
  const secret = vaultSecret('a/b', { key: fields['a/b.key'], pin: fields['a/b.pin'] });
  const catalog = defineCatalog({
    name: 'model',
    workloads: { [place.name]: workload({ namespace: place.namespace, env: { KEY: secret.key, PIN: secret.pin } }) },
  });
  return defineEnvironment('edge', { catalog, delivery: sealedSecrets({ certificate, scope }) });
}

/** Everything that a repository, its declarations and a cluster are at one time. */
class World {
  place: SealedIdentity = places[0] ?? { namespace: '', name: '' };
  scope: SealingScope;
  keys = 1;
  file: SealedFile | undefined;
  /** The widest scope that the committed file ever was allowed. */
  limit: SealingScope | undefined;
  values = World.fresh();
  reseals = 0;

  constructor(
    private readonly pairs: readonly KeyPair[],
    scope: SealingScope,
  ) {
    this.scope = scope;
  }

  static fresh(): Map<string, SecretValue> {
    return new Map([
      ['a/b.key', generateValue(fields['a/b.key'].source) ?? new SecretValue('')],
      ['a/b.pin', new SecretValue(String(Math.random()))],
    ]);
  }

  get activeKeys(): readonly KeyPair[] {
    return this.pairs.slice(0, this.keys);
  }

  get environment(): SealedEnvironment {
    return environmentOf(this.place, this.scope, this.activeKeys.map(({ certificate }) => certificate).join('\n'));
  }

  committed(text = this.file && printSealedFile(this.file, '')): Map<string, CommittedFile> {
    return new Map(
      text === undefined ? [] : [[this.place.name, { path: 'f.yaml', ...readSealedFile(text, 'f.yaml') }]],
    );
  }

  accept(file: SealedFile | undefined): void {
    if (file && file.entries.size > 0) {
      this.limit ??= file.scope;
      this.file = file;
    }
  }

  /** Each committed value opens under exactly one label, which is that of its file, and no wider one than ever before. */
  check(): void {
    const keys = this.activeKeys.map(({ privateKey }) => privateKey);
    for (const { sealed } of this.file?.entries.values() ?? []) {
      const open = labels.filter((label) => {
        try {
          openValue(keys, label, sealed);
          return true;
        } catch {
          return false;
        }
      });
      expect(open).toEqual(this.file ? [encryptionLabel(this.file.scope, this.file)] : []);
    }
    expect(isWider(this.file?.scope ?? 'strict', this.limit ?? 'cluster-wide')).toBe(false);
  }
}

type Step = (world: World) => Promise<void>;

const seal =
  (given: readonly string[]): Step =>
  async (world) => {
    const values = new Map([...world.values].filter(([id]) => given.includes(id)));
    const outcome = sealEnvironment(world.environment, { committed: world.committed(), given: values });
    world.accept(outcome.workloads.get(world.place.name)?.file);
    await Promise.resolve();
  };

const reseal =
  (release: Release): Step =>
  async (world) => {
    const controller = new ModelController(world.activeKeys, release);
    const results = await resealEnvironment(world.environment, { committed: world.committed(), controller });
    world.reseals += results.size;
    world.accept(results.get(world.place.name)?.file);
  };

/** Somebody edits the annotations of the committed file, and somebody else has it sealed again. */
const tamper =
  (scope: SealingScope, where: 'object' | 'template' | 'both', release: Release): Step =>
  async (world) => {
    const lines = Object.entries(scopeAnnotations(scope)).map(([name, value]) => `${name}: "${value}"`);
    if (!world.file || lines.length === 0) {
      return;
    }
    let text = printSealedFile({ ...world.file, scope: 'strict' }, '');
    if (where !== 'template') {
      text = text.replace(/^( {2}namespace: \w+)\nspec/m, `$1\n  annotations:\n    ${lines.join('')}\nspec`);
    }
    if (where !== 'object') {
      text = text.replace(
        /^( {6}namespace: \w+)\n {4}type/m,
        `$1\n      annotations:\n        ${lines.join('')}\n    type`,
      );
    }
    const controller = new ModelController(world.activeKeys, release);
    const results = await resealEnvironment(world.environment, { committed: world.committed(text), controller });
    world.accept(results.get(world.place.name)?.file);
  };

const change =
  (edit: (world: World) => void): Step =>
  async (world) => {
    edit(world);
    await Promise.resolve();
  };

const ids = Object.keys(fields);
const pairs = 4;
const release = fc.constantFrom<Release>('fixed', 'vulnerable', 'hostile');
const scope = fc.constantFrom(...scopes);
const renewAndReseal = release.map((kind): Step => async (world) => {
  world.keys = Math.min(world.keys + 1, pairs);
  await reseal(kind)(world);
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: renewAndReseal },
  { weight: 2, arbitrary: fc.constant(seal(ids)) },
  { weight: 1, arbitrary: fc.subarray(ids).map(seal) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(scope, fc.constantFrom('object' as const, 'template' as const, 'both' as const), release)
      .map((args) => tamper(...args)),
  },
  { weight: 1, arbitrary: fc.constantFrom(...places).map((place) => change((world) => (world.place = place))) },
  { weight: 1, arbitrary: scope.map((wanted) => change((world) => (world.scope = wanted))) },
  { weight: 1, arbitrary: fc.constant(change((world) => (world.keys = Math.min(world.keys + 1, pairs)))) },
  {
    weight: 1,
    arbitrary: fc.subarray(ids).map((changed) =>
      change((world) => {
        const values = World.fresh();
        changed.forEach((id) => world.values.set(id, values.get(id) ?? new SecretValue('')));
      }),
    ),
  },
);

describe('for any sequence of seal, re-seal, rename, renewal and tampering', () => {
  it('a scope never widens, and every committed value opens in one place only', async () => {
    const made = await Promise.all(
      Array.from({ length: pairs }, async (_, index) => await makeKeyPair({ from: daysFromNow(index - pairs) })),
    );
    const reached = { changed: 0, refused: 0, resealed: 0 };
    await fc.assert(
      fc.asyncProperty(scope, fc.array(step, { minLength: 3, maxLength: 10 }), async (first, steps) => {
        const world = new World(made, first);
        for (const next of [seal(ids), ...steps]) {
          const before = world.file;
          try {
            await next(world);
          } catch (error) {
            // We refuse it, or the controller does, to which a tampered scope is another label.
            expect(String(error)).toMatch(/^(DeclarationError|SealedValueError): /);
            expect(world.file).toBe(before);
            reached.refused += 1;
          }
          if (world.file !== before) {
            world.check();
            reached.changed += 1;
          }
        }
        reached.resealed += world.reseals;
      }),
      { numRuns: 40 },
    );
    // The property means something only if all of this happened, often.
    expect(Math.min(...Object.values(reached))).toBeGreaterThan(5);
  }, 120_000);
});
