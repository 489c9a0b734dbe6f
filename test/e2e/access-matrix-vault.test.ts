import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { nivesh } from '../../environments/catalog';
import { production } from '../../environments/production';
import { accessMatrix } from '../../lib/audit/access-matrix';
import { type Environment, type ExternalSecretsDelivery, secretsOfCatalog } from '../../lib/catalog';
import { pathsToAsk } from '../../lib/check/access-paths';
import { type AccessDifference, compareCapabilities } from '../../lib/check/access-proof';
import { type Platform, startPlatform } from '../../lib/embedded';
import { capabilitiesOfAccessor } from '../../lib/vault/capabilities';
import { accessOfEnvironment, type WorkloadAccess } from '../../lib/vault/workload-access';
import { anyCatalog, randomEnvironment } from '../support/random-catalogs';

/** CI runs 200; `npm run test:nightly` more. */
const catalogs = Number(process.env.RANDOM_CATALOGS ?? 200);

/** A way to change a policy by hand, and the direction in which the proof must find it. */
interface Mistake {
  readonly name: string;
  readonly finds: 'missing' | 'extra';
  /** The changed policy; nothing where this policy cannot have the mistake. */
  readonly change: (access: WorkloadAccess, environment: Environment<ExternalSecretsDelivery>) => string | undefined;
}

const grant = (path: string, ...capabilities: string[]): string =>
  `\npath "${path}" {\n  capabilities = [${capabilities.map((one) => `"${one}"`).join(', ')}]\n}\n`;

function readPaths({ policy }: WorkloadAccess, mount: string): string[] {
  return policy.rules.map(({ path }) => path).filter((path) => path.startsWith(`${mount}/data/`));
}

const extra = (name: string, text: (path: string, mount: string) => string): Mistake => ({
  name,
  finds: 'extra',
  change: (access, { delivery }) => {
    const [path = ''] = readPaths(access, delivery.vault.mount);
    return access.policy.text + text(path, delivery.vault.mount);
  },
});

const mistakes: readonly Mistake[] = [
  {
    name: 'a path is left out',
    finds: 'missing',
    change: ({ policy }, { delivery }) => {
      const [path = ''] = policy.rules.map((rule) => rule.path).filter((one) => one.startsWith(delivery.vault.mount));
      return policy.text.replace(`path "${path}" {\n  capabilities = ["read"]\n}\n`, '');
    },
  },
  {
    name: 'a path is denied',
    finds: 'missing',
    change: ({ policy }) => policy.text.replace('"read"', '"deny"'),
  },
  {
    name: "another workload's secret is granted",
    finds: 'extra',
    change: (access, { catalog, delivery }) => {
      const own = new Set(readPaths(access, delivery.vault.mount));
      const foreign = secretsOfCatalog(catalog)
        .map(({ path }) => `${delivery.vault.mount}/data/${path}`)
        .find((path) => !own.has(path));
      return foreign === undefined ? undefined : access.policy.text + grant(foreign, 'read');
    },
  },
  extra('everything', () => grant('*', 'read')),
  extra('the whole engine', (_, mount) => grant(`${mount}/*`, 'read', 'list')),
  extra('all values', (_, mount) => grant(`${mount}/data/*`, 'read')),
  extra('any one segment', (_, mount) => grant(`${mount}/data/+`, 'read')),
  extra('what begins like its own path', (path) => grant(`${path}*`, 'read')),
  extra('what is below its own path', (path) => grant(`${path}/*`, 'read')),
  extra('writing its own secret', (path) => grant(path, 'read', 'update')),
  extra('listing names', (path, mount) => grant(`${mount}/metadata/*`, 'list')),
  extra('listing at the root', (path, mount) => grant(`${mount}/metadata/`, 'list')),
  extra('its own metadata', (path) => grant(path.replace('/data/', '/metadata/'), 'read')),
  extra('destroying its own versions', (path) => grant(path.replace('/data/', '/destroy/'), 'update')),
  extra('making tokens', () => grant('auth/token/create', 'update')),
  extra('changing policies', () => grant('sys/policies/acl/*', 'update')),
  extra('changing roles', () => grant('auth/kubernetes/role/+', 'update')),
  extra('administration', () => grant('sys/*', 'read', 'sudo')),
];

describe('the matrix and what a real Vault allows', () => {
  const directory = mkdtempSync(join(tmpdir(), 'access-matrix-vault-'));
  let platform: Platform;
  let runs = 0;

  beforeAll(async () => {
    platform = await startPlatform({ directory });
  });

  afterAll(async () => {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function writePolicy(name: string, policy: string): Promise<void> {
    await platform.vault.write(`sys/policies/acl/${name}`, { policy });
  }

  /** A token as the role would give it: the workload's policy and no other. */
  async function tokenOf({ policy }: WorkloadAccess): Promise<string> {
    const { auth } = await platform.vault.write('auth/token/create', {
      policies: [policy.name],
      no_default_policy: true,
      ttl: '10m',
    });
    return auth?.accessor ?? '';
  }

  /** Everything that Vault says a workload may do, compared with the catalog and with the matrix, both ways. */
  async function prove(environment: Environment<ExternalSecretsDelivery>, access: WorkloadAccess, accessor: string) {
    const { mount } = environment.delivery.vault;
    const answers = await capabilitiesOfAccessor(platform.vault, accessor, pathsToAsk(environment));
    const readable = secretsOfCatalog(environment.catalog)
      .map(({ path }) => path)
      .filter((path) => answers.get(`${mount}/data/${path}`)?.includes('read'));
    const granted = accessMatrix([environment]).grants.flatMap(({ secret, identity }) =>
      identity.type === 'vault' && identity.vaultRole === access.role.name ? [secret] : [],
    );
    return { differences: compareCapabilities(access.policy.rules, answers), readable, granted };
  }

  async function deliverAccess(environment: Environment<ExternalSecretsDelivery>) {
    return await Promise.all(
      accessOfEnvironment(environment).map(async (access) => {
        await writePolicy(access.policy.name, access.policy.text);
        return { access, accessor: await tokenOf(access) };
      }),
    );
  }

  it("are the same for Nivesh's catalog and its rotator, both ways", async () => {
    const environment = production;
    expect(accessOfEnvironment(environment).map(({ role }) => role.name)).toContain('nivesh-rotation');
    for (const { access, accessor } of await deliverAccess(environment)) {
      const { differences, readable, granted } = await prove(environment, access, accessor);
      expect(differences).toEqual([]);
      expect(granted.length).toBeGreaterThan(0);
      expect(readable).toEqual(granted);
    }
  });

  it(
    `are the same for ${catalogs} random catalogs, both ways, and a planted mistake is found in each`,
    async () => {
      const planted = new Map<string, number>();
      let asked = 0;
      await fc.assert(
        fc.asyncProperty(
          anyCatalog,
          fc.nat(),
          fc.shuffledSubarray([...mistakes], { minLength: mistakes.length }),
          async (make, chosen, order) => {
            // Several catalogs in one Vault: names begin with the catalog's.
            const { catalog, mount } = make(`c${runs++}`);
            const environment = randomEnvironment(catalog, mount);
            const delivered = await deliverAccess(environment);
            await Promise.all(
              delivered.map(async ({ access, accessor }) => {
                const { differences, readable, granted } = await prove(environment, access, accessor);
                expect(differences).toEqual([]);
                expect(readable).toEqual(granted);
                asked++;
              }),
            );

            const victim = delivered[chosen % delivered.length];
            if (!victim) {
              throw new Error('a catalog has workloads');
            }
            const { access, accessor } = victim;
            const [mistake] = order.flatMap((one) => {
              const text = one.change(access, environment);
              return text === undefined ? [] : [{ ...one, text }];
            });
            if (!mistake) {
              throw new Error('some mistake is always possible');
            }
            await writePolicy(access.policy.name, mistake.text);
            const { differences } = await prove(environment, access, accessor);
            const found = (difference: AccessDifference): boolean => difference[mistake.finds].length > 0;
            expect([mistake.name, differences.some(found)]).toEqual([mistake.name, true]);
            planted.set(mistake.name, (planted.get(mistake.name) ?? 0) + 1);
          },
        ),
        { numRuns: catalogs },
      );
      expect(asked).toBeGreaterThan(catalogs);
      if (catalogs >= 200) {
        expect([...planted.keys()].sort()).toEqual(mistakes.map(({ name }) => name).sort());
      }
    },
    Math.max(120_000, catalogs * 1000),
  );

  it('differ where a token has the policy "default" too', async () => {
    const environment = randomEnvironment(nivesh, 'secret');
    const [{ access } = { access: undefined }] = await deliverAccess(environment);
    if (!access) {
      throw new Error('there are workloads');
    }
    const { auth } = await platform.vault.write('auth/token/create', { policies: [access.policy.name], ttl: '10m' });
    const { differences } = await prove(environment, access, auth?.accessor ?? '');
    expect(differences).toContainEqual({ path: 'sys/capabilities-self', missing: [], extra: ['update'] });
  });

  it('fails where Vault does not answer for a path', async () => {
    await expect(capabilitiesOfAccessor(platform.vault, 'no-such-accessor', ['secret/data/a'])).rejects.toMatchObject({
      status: 400,
    });
  });
});
