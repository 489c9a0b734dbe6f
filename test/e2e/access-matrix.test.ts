import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { environments } from '../../environments';
import { type AccessMatrix, accessMatrix } from '../../lib/audit/access-matrix';
import { matrixHtml } from '../../lib/audit/matrix-html';
import { openBrowser } from './support/browser';

const matrix = accessMatrix(environments);
const total = matrix.grants.length;

describe('the page of the access matrix in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'access-matrix-'));
  const requests: string[] = [];
  let browser: Browser;
  let page: Page;
  let server: Server;
  let asked = 0;

  beforeAll(async () => {
    browser = await openBrowser();
    server = createServer((_, response) => {
      asked++;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  beforeEach(async () => {
    requests.length = 0;
    page = await open();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) {
      await context.close();
    }
  });

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(options: BrowserContextOptions = {}, shown: AccessMatrix = matrix): Promise<Page> {
    const file = join(folder, 'access-matrix.html');
    writeFileSync(file, matrixHtml(shown, { source: 'commit 1a2b3c4 of 2026-11-26' }));
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const opened = await context.newPage();
    opened.on('request', (request) => requests.push(request.url()));
    opened.on('pageerror', (error) => {
      throw error;
    });
    await opened.goto(pathToFileURL(file).href);
    return opened;
  }

  const status = async (): Promise<string> => await page.locator('#count').innerText();

  /** Cells of a column in the rows that are shown. */
  async function column(heading: string): Promise<string[]> {
    return await page.locator(`#grants tbody tr:visible td[data-label="${heading}"]`).allInnerTexts();
  }

  const heading = (name: string) => page.getByRole('columnheader', { name }).getByRole('button');

  async function sortOf(name: string): Promise<string | null> {
    return await page.getByRole('columnheader', { name }).getAttribute('aria-sort');
  }

  async function violations(): Promise<string[]> {
    await page.evaluate(axe.source);
    const found = await page.evaluate(
      async () =>
        (await (globalThis as unknown as { axe: typeof axe }).axe.run()).violations as unknown as {
          id: string;
          nodes: { target: string[]; failureSummary: string }[];
        }[],
    );
    return found.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id} ${node.target.join(' ')} ${node.failureSummary}`),
    );
  }

  const natural = new Intl.Collator('en', { numeric: true });

  it('shows every grant, also where no script runs', async () => {
    page = await open({ javaScriptEnabled: false });
    expect(await column('Workload')).toEqual(matrix.grants.map(({ workload }) => workload));
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  });

  it('says who reads, as whom, and where there is no Vault', async () => {
    const row = page.locator('#grants tbody tr', { hasText: /FIREBASE_PRIVATE_KEY/ });
    expect((await row.last().locator('td').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'production',
      'nivesh-backend',
      'nivesh/backend',
      expect.stringContaining('JWT_SECRET from ← jwt_secret'),
      'nivesh/nivesh-backend',
      'nivesh-backend',
      'nivesh-backend',
    ]);
    expect((await row.first().locator('td').allInnerTexts()).slice(4).map((text) => text.replace(/\s+/g, ' '))).toEqual(
      ['no Vault file .env', 'no Vault', 'no Vault'],
    );
  });

  it('sorts by a heading, both ways, and says so', async () => {
    expect(await sortOf('Secret')).toBe('none');
    await heading('Secret').click();
    const sorted = [...matrix.grants.map(({ secret }) => secret)].sort((a, b) => natural.compare(a, b));
    expect(await column('Secret')).toEqual(sorted);
    expect([await sortOf('Secret'), await sortOf('Workload')]).toEqual(['ascending', 'none']);
    expect(await status()).toBe(`${total} of ${total} grants, sorted by secret, ascending`);
    await heading('Secret').click();
    expect(await column('Secret')).toEqual(sorted.reverse());
    expect(await sortOf('Secret')).toBe('descending');
    await heading('Workload').click();
    expect([await sortOf('Secret'), await sortOf('Workload')]).toEqual(['none', 'ascending']);
  });

  it('filters by text, by lists and by columns, together, and counts what is left', async () => {
    await page.getByLabel('Environment', { exact: true }).selectOption('production');
    const production = matrix.grants.filter(({ environment }) => environment === 'production');
    expect(await status()).toBe(`${production.length} of ${total} grants`);
    expect(new Set(await column('Environment'))).toEqual(new Set(['production']));

    await page.getByLabel('Secret', { exact: true }).selectOption('nivesh/postgres');
    expect(await column('Workload')).toEqual(
      production.filter(({ secret }) => secret === 'nivesh/postgres').map(({ workload }) => workload),
    );
    await page.getByLabel('Workload', { exact: true }).selectOption('mlflow');
    expect(await column('Workload')).toEqual(['mlflow']);

    await page.getByRole('button', { name: 'Clear filters' }).click();
    expect(await status()).toBe(`${total} of ${total} grants`);
    await page.getByText('Filter more columns').click();
    await page.getByLabel('Vault role').fill('AIRFLOW');
    expect(new Set(await column('Vault role'))).toEqual(new Set(['nivesh-airflow']));
    await page.getByLabel('Variables and fields').fill('fernet');
    await page.getByLabel('Service account').fill('nivesh/airflow');
    expect((await column('Workload')).length).toBe(2);

    await page.getByLabel('Variables and fields').fill('');
    await page.getByLabel('Search everything').fill('staging  airflow_db');
    expect(await column('Environment')).toEqual(['staging']);
  });

  it('says that nothing matches, and finds back', async () => {
    await page.getByLabel('Search everything').fill('no such thing');
    expect(await status()).toBe(`0 of ${total} grants`);
    expect(await page.locator('#grants').isVisible()).toBe(false);
    expect(await page.getByText('No grant matches these filters.').isVisible()).toBe(true);
    await page.locator('#none').getByRole('button').click();
    expect(await status()).toBe(`${total} of ${total} grants`);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('search');
  });

  it('counts fields in the overview, which follows the filter and leads to the details', async () => {
    const grants = matrix.grants.filter(
      ({ secret, workload }) => secret === 'nivesh/backend' && workload === 'nivesh-backend',
    );
    const fields = new Set(grants.flatMap(({ fields: names }) => names)).size;
    const cell = page.getByRole('button', { name: `nivesh-backend reads ${fields} fields of nivesh/backend: show` });
    expect(await cell.innerText()).toBe(String(fields));
    await cell.click();
    expect(new Set(await column('Secret'))).toEqual(new Set(['nivesh/backend']));
    expect(new Set(await column('Workload'))).toEqual(new Set(['nivesh-backend']));
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('grants-title');
    expect(await page.locator('#overview tbody tr:visible').allInnerTexts()).toEqual([
      expect.stringMatching(/^nivesh\/backend\s+\d+\s+1 reader$/),
    ]);
  });

  it('needs no mouse: every control is reached, shows its focus, and works with keys', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the table');
    expect(await page.locator('.skip').evaluate((link) => link.getBoundingClientRect().top)).toBeGreaterThan(0);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('grants-title');

    await page.keyboard.press('Tab');
    await page.keyboard.type('redis');
    const filtered = await status();
    expect(filtered).not.toBe(`${total} of ${total} grants`);
    await page.keyboard.press('Escape');
    expect(await status()).toBe(`${total} of ${total} grants`);

    const reached = new Set<string>();
    for (let step = 0; step < 20; step++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element ?? document.body);
        return { name: element?.textContent ?? '', outline: `${outlineStyle} ${outlineWidth}` };
      });
      reached.add(focus.name);
      expect([focus.name, focus.outline]).toEqual([focus.name, expect.stringMatching(/^(?:solid|auto) [1-9]/)]);
      if (focus.name === 'Vault policy') {
        break;
      }
    }
    expect([...reached]).toEqual(
      expect.arrayContaining([
        'Filter more columns',
        'Environment',
        'Workload',
        'Secret',
        'Vault role',
        'Vault policy',
      ]),
    );
    await page.keyboard.press('Space');
    expect(await sortOf('Vault policy')).toBe('ascending');
    await page.keyboard.press('Enter');
    expect(await sortOf('Vault policy')).toBe('descending');
  });

  it('tells a screen reader what it is: captions, headings, a live region', async () => {
    expect(await page.locator('#count').getAttribute('role')).toBe('status');
    expect(await page.locator('#count').getAttribute('aria-live')).toBe('polite');
    expect(
      await page
        .getByRole('table', { name: /^Every grant/ })
        .getByRole('row')
        .count(),
    ).toBe(total + 1);
    expect(await page.getByRole('table', { name: /^Number of fields/ }).count()).toBe(1);
    expect(await page.getByRole('columnheader', { name: 'Variables and fields' }).count()).toBe(1);
  });

  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 360],
    ['dark', 360],
    ['dark', 820],
  ] as const)('has nothing that axe objects to: %s, %d pixels wide', async (colorScheme, width) => {
    page = await open({ colorScheme, viewport: { width, height: 800 } });
    expect(await violations()).toEqual([]);
    await page.getByText('Filter more columns').click();
    await page.getByLabel('Search everything').fill('postgres');
    expect(await violations()).toEqual([]);
    await page.getByLabel('Search everything').fill('no such thing');
    expect(await violations()).toEqual([]);
  });

  it('would show what axe objects to', async () => {
    await page.evaluate(() => {
      document.documentElement.removeAttribute('lang');
      document.querySelector<HTMLElement>('h1')?.style.setProperty('color', 'silver');
      document.querySelector('label[for=search]')?.remove();
      document.querySelector('#search')?.removeAttribute('placeholder');
    });
    const rules = (await violations()).map((text) => text.split(' ')[0]);
    expect([...new Set(rules)].sort()).toEqual(['color-contrast', 'html-has-lang', 'label']);
  });

  it.each([320, 360, 600, 820, 1024, 1280, 1440])('fits a window of %d pixels', async (width) => {
    page = await open({ viewport: { width, height: 700 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it('turns rows into cards on a phone, and still sorts', async () => {
    page = await open({ viewport: { width: 360, height: 780 } });
    const cell = page.locator('#grants tbody td[data-label="Variables and fields"]').first();
    expect(await cell.evaluate((element) => getComputedStyle(element, '::before').content)).toContain('Variables');
    await page.getByLabel('Sort by').selectOption({ label: 'Secret, descending' });
    const secrets = await page.locator('#grants tbody tr td[data-label="Secret"] .name').allInnerTexts();
    expect(secrets).toEqual([...secrets].sort((a, b) => natural.compare(b, a)));
    expect(await status()).toBe(`${total} of ${total} grants, sorted by secret, descending`);
  });

  it("follows the reader's colours, and a choice beside them that it remembers", async () => {
    const isDark = async (): Promise<boolean> =>
      await page.evaluate(() => {
        const [red = 0] = (/\d+/.exec(getComputedStyle(document.body).backgroundColor) ?? []).map(Number);
        return red < 128;
      });
    expect(await isDark()).toBe(false);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await isDark()).toBe(true);
    const toggle = page.getByRole('button', { name: 'Colours' });
    await toggle.click();
    expect([await toggle.innerText(), await isDark()]).toEqual(['Colours: light', false]);
    await page.reload();
    expect([await toggle.innerText(), await isDark()]).toEqual(['Colours: light', false]);
    await toggle.click();
    await page.emulateMedia({ colorScheme: 'light' });
    expect([await toggle.innerText(), await isDark()]).toEqual(['Colours: dark', true]);
  });

  it('prints what is shown, on white, with its headings and without its controls', async () => {
    page = await open({ colorScheme: 'dark', viewport: { width: 820, height: 900 } });
    await page.getByLabel('Workload', { exact: true }).selectOption('grafana');
    await page.emulateMedia({ media: 'print' });
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('#grants thead').isVisible()).toBe(true);
    expect(await page.locator('#paper').innerText()).toMatch(/^\d of \d+ grants; filtered by workload “grafana”$/);
    expect(await page.locator('#grants tbody tr:visible').count()).toBeGreaterThan(0);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('asks nobody for anything, and could not', async () => {
    await heading('Secret').click();
    await page.getByLabel('Search everything').fill('redis');
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);

    const { port } = server.address() as AddressInfo;
    const ask = async (): Promise<string> =>
      await page.evaluate(
        async (url) =>
          await fetch(url, { mode: 'no-cors' }).then(
            () => 'answered',
            () => 'refused',
          ),
        `http://127.0.0.1:${port}/`,
      );
    expect([await ask(), asked]).toEqual(['refused', 0]);
    // Without the page's own policy the request does leave.
    page = await open({ bypassCSP: true });
    expect([await ask(), asked]).toEqual(['answered', 1]);
  });

  it('shows names as text, whatever is in them', async () => {
    const evil = '"><img src=x onerror="document.title=1"><script>document.title=2</script>&amp;';
    const [first] = matrix.grants;
    if (!first) {
      throw new Error('the matrix has grants');
    }
    const grant = {
      ...first,
      workload: evil,
      secret: evil,
      variables: [{ name: evil, fields: [evil] }],
      identity: { type: 'dotenv', file: evil } as const,
    };
    page = await open({ bypassCSP: true }, { ...matrix, catalog: evil, grants: [grant] });
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe(`Access matrix of ${evil}`);
    expect(await column('Workload')).toEqual([evil]);
    await page.getByLabel('Workload', { exact: true }).selectOption(evil);
    expect(await status()).toBe('1 of 1 grant');
  });
});
