import { randomBytes } from 'node:crypto';
import type { SealingScope } from '../../lib/catalog';
import { sealEnvironment, type SealOptions, type SealOutcome } from '../../lib/sealing/seal-environment';
import type { CommittedFile } from '../../lib/sealing/sealed-folder';
import { printSealedFile, readSealedFile, type SealedEntry, type SealedFile } from '../../lib/sealing/sealed-file';
import { SecretValue } from '../../lib/values/secret-value';
import { edge, type KeyPair, makeKeyPair, openFile, shop } from './support';

const hex = (): string => randomBytes(32).toString('hex');
const passwordOf = (): string => randomBytes(30).toString('base64url');

/** A full set of values as somebody keeps them in a password manager. */
function fullSet(changes: Record<string, string> = {}): Map<string, SecretValue> {
  const values = {
    'shop/server.jwt_secret': hex(),
    'shop/server.jwt_secret_previous': hex(),
    'shop/server.mail_key': 'pin-1234',
    'shop/database.username': 'shop',
    'shop/database.password': passwordOf(),
    ...changes,
  };
  return new Map(Object.entries(values).map(([id, value]) => [id, new SecretValue(value)]));
}

const changed = (given: ReadonlyMap<string, SecretValue>, id: string, value: string): Map<string, SecretValue> =>
  new Map([...given, [id, new SecretValue(value)]]);

const only = (given: ReadonlyMap<string, SecretValue>, ...ids: string[]): Map<string, SecretValue> =>
  new Map([...given].filter(([id]) => ids.includes(id)));

/** What a commit and a checkout on another machine make of an outcome. */
function commit(
  outcome: SealOutcome,
  before: ReadonlyMap<string, CommittedFile> = new Map(),
): Map<string, CommittedFile> {
  const after = [...outcome.workloads]
    .filter(([, { file }]) => file.entries.size > 0)
    .map(([workload, { file }]) => {
      const path = `environments/sealed/edge/${workload}.yaml`;
      return [workload, { path, ...readSealedFile(printSealedFile(file, workload), path) }] as const;
    });
  return new Map([...before, ...after]);
}

function fileOf(files: ReadonlyMap<string, { readonly file?: SealedFile }>, workload: string): SealedFile {
  const file = files.get(workload)?.file;
  if (!file) {
    throw new Error(`nothing is sealed for ${workload}`);
  }
  return file;
}

const textOf = (committed: ReadonlyMap<string, CommittedFile>, workload: string): string => {
  const file = committed.get(workload)?.file;
  return file ? printSealedFile(file, workload) : '';
};

/** Lines that a diff would show as new. */
function newLines(before: string, after: string): string[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !known.has(line));
}

describe('sealing an environment', () => {
  let pair: KeyPair;
  let renewed: KeyPair;

  beforeAll(async () => {
    [pair, renewed] = await Promise.all([makeKeyPair(), makeKeyPair({ from: new Date() })]);
  });

  const seal = (options: Partial<SealOptions>, scope: SealingScope = 'strict', pem = pair.certificate): SealOutcome =>
    sealEnvironment(edge(pem, scope), { committed: new Map(), ...options });

  it('seals every variable of every workload, composed as it is used', () => {
    const given = fullSet({ 'shop/database.username': 'shop a' });
    const reveal = (id: string): string => given.get(id)?.reveal() ?? '';
    const { workloads } = seal({ given });
    const server = workloads.get('shop-server');
    expect(server?.file && openFile(server.file, [pair.privateKey])).toEqual({
      MAIL_KEY: reveal('shop/server.mail_key'),
      JWT_SECRET: reveal('shop/server.jwt_secret'),
      JWT_SECRETS: `${reveal('shop/server.jwt_secret')},${reveal('shop/server.jwt_secret_previous')}`,
      DATABASE_URL: `postgresql://shop%20a:${reveal('shop/database.password')}@postgres:5432/shop`,
    });
    expect(server?.missing).toEqual([]);
  });

  it('changes nothing in a second run on another machine', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const again = commit(seal({ given, committed }), committed);
    expect([...again.keys()].map((workload) => textOf(again, workload))).toEqual(
      [...committed.keys()].map((workload) => textOf(committed, workload)),
    );
  });

  it('changes one line for one changed value, also when a guessable one changed', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const cases: [string, string, string[]][] = [
      ['shop/server.mail_key', 'pin-1235', ['MAIL_KEY']],
      ['shop/server.jwt_secret', hex(), ['JWT_SECRET', 'JWT_SECRETS']],
      ['shop/server.jwt_secret_previous', hex(), ['JWT_SECRETS']],
      ['shop/database.password', passwordOf(), ['DATABASE_URL']],
    ];
    for (const [id, value, variables] of cases) {
      const after = commit(seal({ given: changed(given, id, value), committed }), committed);
      const lines = newLines(textOf(committed, 'shop-server'), textOf(after, 'shop-server'));
      expect(lines.map((line) => line.trim().split(':')[0])).toEqual(variables.sort());
    }
  });

  it('keeps what was not given', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const { workloads } = seal({
      committed,
      given: only(changed(given, 'shop/server.mail_key', 'pin-9'), 'shop/server.mail_key'),
    });
    expect(workloads.get('shop-server')).toMatchObject({
      sealed: ['MAIL_KEY'],
      kept: ['DATABASE_URL', 'JWT_SECRET', 'JWT_SECRETS'],
      missing: [],
    });
  });

  it('seals a value again that somebody replaced in the file', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const forged = commit(seal({ given: fullSet() }));
    const file = fileOf(committed, 'shop-server');
    const evil = fileOf(forged, 'shop-server').entries.get('MAIL_KEY')?.sealed ?? '';
    const mailKey = file.entries.get('MAIL_KEY');
    const tampered = new Map(file.entries).set('MAIL_KEY', { ...mailKey, sealed: evil });
    const outcome = seal({
      given,
      committed: new Map([['shop-server', { path: 'f', problems: [], file: { ...file, entries: tampered } }]]),
      workloads: ['shop-server'],
    });
    expect(outcome.workloads.get('shop-server')?.sealed).toEqual(['MAIL_KEY']);
  });

  it('seals everything given again for a new certificate, and takes the newest of several', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const both = `${pair.certificate}\n${renewed.certificate}`;
    const { workloads } = seal({ given, committed }, 'strict', both);
    const server = workloads.get('shop-server');
    expect(server?.kept).toEqual([]);
    expect(server?.file && openFile(server.file, [renewed.privateKey])).toBeDefined();
  });

  it('leaves out what the catalog does not declare any more', () => {
    const given = fullSet();
    const committed = commit(seal({ given }));
    const file = fileOf(committed, 'shop-backup');
    const entries = new Map([...file.entries, ['OLD', { sealed: 'x' }]]);
    const { workloads } = seal({
      committed: new Map([['shop-backup', { path: 'f', problems: [], file: { ...file, entries } }]]),
      workloads: ['shop-backup'],
    });
    expect(workloads.get('shop-backup')).toMatchObject({ dropped: ['OLD'], sealed: [] });
  });

  it('says what is still missing', () => {
    const { workloads } = seal({ given: only(fullSet(), 'shop/server.mail_key') });
    expect(workloads.get('shop-server')?.missing).toEqual(['DATABASE_URL', 'JWT_SECRET', 'JWT_SECRETS']);
  });

  describe('generating', () => {
    it('makes what can be made, gives it out, and does nothing the second time', () => {
      const outcome = seal({ generate: true });
      expect([...outcome.generated.keys()].sort()).toEqual([
        'shop/database.password',
        'shop/database.username',
        'shop/server.jwt_secret',
        'shop/server.jwt_secret_previous',
      ]);
      expect(outcome.workloads.get('shop-server')?.missing).toEqual(['MAIL_KEY']);
      const committed = commit(outcome);
      const again = seal({ generate: true, committed });
      expect(again.generated.size).toBe(0);
      expect([...again.workloads.values()].flatMap(({ sealed }) => sealed)).toEqual([]);
    });

    it('gives workloads that share a field the same value', () => {
      const { workloads } = seal({ generate: true });
      const [server, backup] = ['shop-server', 'shop-backup'].map(
        (workload) => openFile(fileOf(workloads, workload), [pair.privateKey]) ?? {},
      );
      expect(server?.DATABASE_URL).toContain(backup?.POSTGRES_PASSWORD);
    });

    it('does not replace a value that was given or sealed', () => {
      const given = only(fullSet(), 'shop/database.password');
      const outcome = seal({ generate: true, given });
      expect(outcome.generated.has('shop/database.password')).toBe(false);
      const committed = commit(outcome);
      const partly = new Map([...committed].filter(([workload]) => workload === 'shop-server'));
      const later = seal({ generate: true, committed: partly });
      expect(later.workloads.get('shop-backup')?.missing).toEqual(['POSTGRES_PASSWORD', 'POSTGRES_USER']);
    });

    it('fails when a shared value would reach one workload only', () => {
      expect(() => seal({ generate: true, workloads: ['shop-backup'] })).toThrow(
        /shop\/database\.password: a generated value would not reach every workload that reads it, got only shop-backup, allowed: together with shop-server/,
      );
    });
  });

  describe('one variable', () => {
    const raw = (variable: string, value: string) =>
      new Map([['shop-server', new Map([[variable, new SecretValue(value)]])]]);

    it('changes its line only, and nothing the second time', () => {
      const committed = commit(seal({ given: fullSet() }));
      const value = hex();
      const workloads = ['shop-server'];
      const first = seal({ committed, raw: raw('JWT_SECRET', value), workloads });
      expect(first.workloads.get('shop-server')?.sealed).toEqual(['JWT_SECRET']);
      const second = seal({ committed: commit(first, committed), raw: raw('JWT_SECRET', value), workloads });
      expect(second.workloads.get('shop-server')?.sealed).toEqual([]);
    });

    it('names the other variables of its field', () => {
      const committed = commit(seal({ given: fullSet() }));
      const { others } = seal({ committed, raw: raw('JWT_SECRET', hex()), workloads: ['shop-server'] });
      expect(others.map(({ workload, variable }) => `${workload}.${variable}`)).toEqual(['shop-server.JWT_SECRETS']);
    });

    it('is recognised by a later run with every value', () => {
      const given = fullSet();
      const committed = commit(seal({ given }));
      const value = hex();
      const after = commit(seal({ committed, raw: raw('JWT_SECRET', value), workloads: ['shop-server'] }), committed);
      const all = changed(given, 'shop/server.jwt_secret', value);
      expect(seal({ given: all, committed: after }).workloads.get('shop-server')?.sealed).toEqual(['JWT_SECRETS']);
    });

    it('may be a composed one, whole', () => {
      const url = `postgresql://shop:${passwordOf()}@postgres:5432/shop`;
      const { workloads } = seal({ raw: raw('DATABASE_URL', url), workloads: ['shop-server'] });
      expect(openFile(fileOf(workloads, 'shop-server'), [pair.privateKey])).toEqual({ DATABASE_URL: url });
    });

    it('fails for a composed one of another shape, without showing it', () => {
      const value = passwordOf();
      expect(() => seal({ raw: raw('DATABASE_URL', value), workloads: ['shop-server'] })).toThrow(
        /got a value that is not shown, allowed: postgresql:\/\/<shop\/database\.username>:<shop\/database\.password>@<postgres>\/shop/,
      );
    });

    it('fails for a variable that is not declared', () => {
      expect(() => seal({ raw: raw('JWT_TOKEN', hex()), workloads: ['shop-server'] })).toThrow(
        /workloads\.shop-server\.env\.JWT_TOKEN: no such variable in the catalog/,
      );
    });
  });

  describe('refuses', () => {
    const message = (options: Partial<SealOptions>, scope?: SealingScope): string => {
      try {
        seal(options, scope);
      } catch (error) {
        return String(error);
      }
      return 'sealed';
    };

    it('fields that nobody reads, and lists those that somebody does', () => {
      const given = new Map([['shop/server.jwt', new SecretValue(hex())]]);
      expect(message({ given })).toMatch(
        /shop\/server\.jwt: no workload reads such a field, got "shop\/server\.jwt", allowed: shop\/database\.password, /,
      );
    });

    it('a URL of which a part is not given', () => {
      const given = only(fullSet(), 'shop/database.password');
      expect(message({ given, workloads: ['shop-server'] })).toMatch(
        /DATABASE_URL: the variable is composed of several fields, .*fix: give shop\/database\.username too/,
      );
    });

    it.each([
      ['empty', '', 'the value is empty'],
      ['with a NUL byte', 'a\0b', 'the value has a NUL byte'],
      ['of another encoding', 'a\uFFFDb', 'the value is not UTF-8 text'],
      ['issued, with a blank at its end', 'pin ', 'the value begins or ends with white space'],
    ])('values that are %s, without showing them', (_, value, what) => {
      const text = message({ given: changed(fullSet(), 'shop/server.mail_key', value) });
      expect(text).toContain(what);
      expect(text).toContain('got a value that is not shown');
    });

    it('values that the caller refuses, but not names', () => {
      const text = message({ given: fullSet(), refuse: () => 'the value looks like an example' });
      expect(text).toContain('shop/server.mail_key: the value looks like an example');
      expect(text).not.toContain('shop/database.username');
    });

    it('values too large for a Secret', () => {
      const given = changed(fullSet(), 'shop/server.mail_key', 'x'.repeat(1024 * 1024));
      expect(message({ given })).toMatch(
        /the values are too large for one Kubernetes Secret, got \d+ bytes, allowed: 1048576/,
      );
    });

    it('unknown workloads, once also where one of its variables is given', () => {
      const raw = new Map([['shop', new Map([['MAIL_KEY', new SecretValue(hex())]])]]);
      for (const options of [{ workloads: ['shop'] }, { workloads: ['shop'], raw }]) {
        const text = message(options);
        expect(text).toMatch(/no such workload in the catalog, got "shop", allowed: "shop-server"/);
        expect(text).toMatch(/ has 1 problem\n/);
      }
    });

    it('a committed file that somebody broke', () => {
      const committed = new Map([['shop-server', { path: 'f.yaml', ...readSealedFile('kind: Secret', 'f.yaml') }]]);
      expect(message({ given: fullSet(), committed })).toMatch(/f\.yaml: the file is not a SealedSecret/);
    });

    it('to widen a scope, whatever is given', () => {
      const committed = commit(seal({ given: fullSet() }));
      expect(message({ given: fullSet(), committed }, 'cluster-wide')).toMatch(
        /sealing would widen the scope of values that are committed, got "cluster-wide", allowed: "strict", which the file has/,
      );
    });

    it('to narrow a scope without every value, which would leave some behind', () => {
      const given = fullSet();
      const committed = commit(seal({ given }, 'cluster-wide'));
      expect(message({ given: only(given, 'shop/server.mail_key'), committed })).toMatch(
        /the sealed values do not open under the new name, namespace or scope, .*fix: give the fields of JWT_SECRET, JWT_SECRETS, DATABASE_URL too/,
      );
      expect(message({ given, committed })).toBe('sealed');
    });
  });
});

describe('a value that is sealed again without being known to have changed', () => {
  let certificate: string;

  beforeAll(async () => {
    ({ certificate } = await makeKeyPair());
  });

  const unverified = (first: Map<string, SecretValue>, second: Map<string, SecretValue>): string[] => {
    const workloads = ['shop-server'];
    const committed = commit(sealEnvironment(edge(certificate), { committed: new Map(), given: first, workloads }));
    const again = sealEnvironment(edge(certificate), { committed, given: second, workloads });
    return [...(again.workloads.get('shop-server')?.unverified ?? [])];
  };
  const all = fullSet();

  it('is named where nothing that is given tells: a PIN alone, or one that was sealed alone', () => {
    const pin = only(all, 'shop/server.mail_key');
    expect(unverified(all, pin)).toEqual(['MAIL_KEY']);
    expect(unverified(pin, all)).toEqual(['MAIL_KEY']);
  });

  it('is none where a random value of the workload is given too, whatever changed', () => {
    expect(unverified(all, all)).toEqual([]);
    expect(unverified(all, changed(all, 'shop/server.mail_key', 'pin-5678'))).toEqual([]);
    expect(unverified(all, changed(all, 'shop/server.jwt_secret', hex()))).toEqual([]);
  });

  it('is none where a random value is given alone, whether it changed or not', () => {
    const database = only(all, 'shop/database.username', 'shop/database.password');
    expect(unverified(all, database)).toEqual([]);
    expect(unverified(all, changed(database, 'shop/database.password', passwordOf()))).toEqual([]);
  });
});

describe('fingerprints in a file', () => {
  let certificate: string;
  const entriesOf = (given: Map<string, SecretValue>, workload: string) => {
    const outcome = sealEnvironment(edge(certificate), { committed: new Map(), given, workloads: [workload] });
    return Object.fromEntries(outcome.workloads.get(workload)?.file.entries ?? []);
  };
  const namesOf = (entries: Record<string, SealedEntry>, slot: 'keySlot' | 'guardSlot'): string[] =>
    Object.keys(entries).filter((name) => entries[name]?.[slot] !== undefined);

  beforeAll(async () => {
    ({ certificate } = await makeKeyPair());
  });

  it('of guessable values are kept under values of this workload alone, where it has any', () => {
    expect(namesOf(entriesOf(fullSet(), 'shop-server'), 'guardSlot')).toEqual(['JWT_SECRET', 'JWT_SECRETS']);
    expect(namesOf(entriesOf(fullSet(), 'shop-backup'), 'guardSlot')).toEqual(['POSTGRES_PASSWORD']);
  });

  it('of random values are kept under any of them', () => {
    expect(namesOf(entriesOf(fullSet(), 'shop-server'), 'keySlot')).toEqual([
      'DATABASE_URL',
      'JWT_SECRET',
      'JWT_SECRETS',
    ]);
  });

  it('are left out where no value could keep their key from somebody who guesses', () => {
    const entries = entriesOf(only(fullSet(), 'shop/server.mail_key'), 'shop-server');
    expect(Object.keys(entries.MAIL_KEY ?? {})).toEqual(['sealed', 'certificate']);
  });

  it('do not trust what a person typed for a generated field', () => {
    const typed = { 'shop/server.jwt_secret': 'summer2026', 'shop/server.jwt_secret_previous': 'a'.repeat(64) };
    const entries = entriesOf(fullSet(typed), 'shop-server');
    expect(namesOf(entries, 'guardSlot')).toEqual([]);
    expect(namesOf(entries, 'keySlot')).toEqual(['DATABASE_URL']);
    expect(Object.keys(entries).filter((name) => entries[name]?.fingerprint)).toEqual(['DATABASE_URL']);
  });
});

describe('the catalog of these tests', () => {
  it('is the one that the values are for', () => {
    expect([...fullSet().keys()].sort()).toEqual(
      shop.secrets.flatMap(({ path, fields }) => [...fields.keys()].map((field) => `${path}.${field}`)).sort(),
    );
  });
});
