import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import {
  type Catalog,
  defineCatalog,
  defineEnvironment,
  type Environment,
  externalSecrets,
  type ExternalSecretsDelivery,
  randomHex,
  vaultSecret,
  workload,
} from '../lib';
import { VaultDelivery } from '../lib/kubernetes';
import { packageRoot } from '../lib/package-root';
import { accessOfWorkload } from '../lib/vault/workload-access';
import { runCommand } from './support/command-line';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

/** The code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text ?? '',
  );
}

describe('the first example of the README', () => {
  const folder = mkdtempSync(join(__dirname, 'readme-'));
  let shop: Environment<ExternalSecretsDelivery>;

  beforeAll(() => {
    const file = join(folder, 'catalog.ts');
    writeFileSync(file, blocks('ts')[0] ?? '');
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is written by this test
    const loaded = require(file) as { shop: Catalog };
    shop = defineEnvironment('production', {
      catalog: loaded.shop,
      delivery: externalSecrets({
        vault: {
          address: 'https://vault.shop.internal:8200',
          ca: { type: 'system' },
          audit: [
            { name: 'file', filePath: '/vault/audit/audit.log' },
            { name: 'stdout', filePath: 'stdout' },
          ],
        },
      }),
    });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('makes the ExternalSecret that it shows', () => {
    const chart = new Chart(new App(), 'shop');
    new VaultDelivery(chart, 'Delivery', { environment: shop });
    const objects = chart.toJson() as { kind: string; spec: { target: unknown } }[];
    const externalSecret = objects.find(({ kind }) => kind === 'ExternalSecret');
    expect(parse(blocks('yaml')[0] ?? '')).toEqual({ target: externalSecret?.spec.target });
  });

  it('makes the policy that it shows', () => {
    expect(blocks('hcl')[0]?.trim()).toBe(accessOfWorkload(shop, 'shop-backend').policy.text.trim());
  });

  it('reports the mistakes that it shows', () => {
    const backend = vaultSecret('shop/backend', { jwt_secret: randomHex(32) });
    const mistaken = (): Catalog =>
      defineCatalog({
        name: 'shop',
        workloads: { 'shop-backend': workload({ namespace: 'Shop', env: { 'JWT-SECRET': backend.jwt_secret } }) },
      });
    const shown = blocks('text')
      .find((text) => text.startsWith('catalog "shop"'))
      ?.trim();
    expect(shown).toBeDefined();
    expect(mistaken).toThrow(shown);
  });
});

describe('the check that the README shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-check-'));

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds what it shows', async () => {
    mkdirSync(join(folder, 'k8s'));
    writeFileSync(join(folder, 'k8s/backend.yaml'), blocks('yaml')[1] ?? '');
    const { code, stdout } = await runCommand(['check'], { cwd: folder });
    const shown = blocks('text').find((text) => text.startsWith('k8s/backend.yaml')) ?? '';
    expect(stdout).toContain(`${shown}2 findings`);
    expect(code).toBe(1);
  });
});
