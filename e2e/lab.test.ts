import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabAttempt } from '@smile/contract';
import { createPool } from '@smile/postgres';
import { startTestServer } from '@smile/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KioskBrowser, openKioskBrowser } from './browser.ts';
import { openShop, type Shop } from './shop.ts';

/** The attack lab as an operator uses it: a genuine person and a print before the judge of payments, and a report. */
let database: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
let browser: KioskBrowser;
let attempts = 0;

beforeAll(async () => {
  database = await startTestServer();
  shop = await openShop({ databaseUrl: database.url });
  browser = await openKioskBrowser({ prefix: 'lab', viewport: { width: 1440, height: 900 } });
});
afterAll(async () => {
  await browser?.close();
  await shop?.close();
  await database?.stop();
});

const MOST_SERIES = 4;
const id = (name: string) => browser.page.getByTestId(name);

async function rows<T>(sql: string): Promise<T[]> {
  const pool = createPool(database.url);
  try {
    return (await pool.query<T & Record<string, unknown>>(sql)).rows;
  } finally {
    await pool.end();
  }
}

/** Two attempts with what is chosen; the outcomes that the page showed. */
async function tryTwice(species: string): Promise<string[]> {
  await id(`species-${species}`).click();
  await id('attempts-2').click();
  await id('start').click();
  const outcomes: string[] = [];
  for (let step = 1; step <= 2; step += 1) {
    await id('verdict').waitFor({ timeout: 60_000 });
    // Else the next one begins by itself.
    if (step === 1) await id('wait').click();
    outcomes.push((await id('verdict').getAttribute('data-outcome')) ?? '');
    await browser.shot(`${species}-${step}`);
    await id(step === 1 ? 'next' : 'series-done').click();
  }
  return outcomes;
}

/** Again, as an operator would, where nothing was decided: a busy machine sees too few pictures. */
async function tryUntil(species: string, wanted: string): Promise<string[]> {
  const outcomes: string[] = [];
  for (let series = 0; series < MOST_SERIES && !outcomes.includes(wanted); series += 1) {
    outcomes.push(...(await tryTwice(species)));
  }
  return outcomes;
}

it('opens to an operator only', async () => {
  await browser.page.goto(`${shop.terminalUrl}/lab`);
  await id('lab-token').fill('somebody');
  await id('lab-sign-in').click();
  await id('lab-failure').waitFor();
  await browser.shot('door');
  await id('lab-token').fill('demo-operator');
  await id('lab-sign-in').click();
  await id('new-title').fill('Counter 1, shop light');
  await browser.shot('sessions');
  await id('new-session').click();
  await id('start').waitFor();
  await browser.shot('desk');
});

it('takes genuine people for living and a print for an attack, and reports both with bounds', async () => {
  const genuine = await tryUntil('person', 'live');
  const prints = await tryUntil('print', 'attack');
  expect(genuine).not.toContain('attack');
  expect(genuine).toContain('live');
  expect(prints).not.toContain('live');
  expect(prints).toContain('attack');
  await id('tab-report').click();
  const report = browser.page.frameLocator('[data-testid="report"]');
  const print = report.locator('#species tr[data-kind="print"]');
  await print.waitFor();
  // None accepted of two attempts still allows for 78 %: exactly, at a rate p all of n are refused with (1 - p)^n = 5 %.
  const counted = prints.filter((outcome) => outcome !== 'aborted').length;
  const atMost = 100 * (1 - 0.05 ** (1 / counted));
  expect(await print.textContent()).toContain(`0 % – ${Math.round(atMost)} %`);
  expect(await report.locator('.loud').textContent()).toContain('Simulated');
  attempts = genuine.length + prints.length;
  expect(await report.locator('#attempts tbody tr').count()).toBe(attempts);
  await browser.shot('report');
  await id('language-zh').click();
  await report.getByText('攻击实验室').first().waitFor();
  await browser.shot('report-zh');
  await id('tab-try').click();
  await browser.shot('desk-zh');
  await browser.page.setViewportSize({ width: 1080, height: 1920 });
  await browser.shot('desk-portrait');
});

it('has charged, enrolled and identified nobody, and kept no picture', async () => {
  const scans = await rows<{ purpose: string; sealed_probe: unknown; payment_id: string | null }>(
    'SELECT purpose, sealed_probe, payment_id FROM scans',
  );
  expect(scans.length).toBeGreaterThanOrEqual(attempts);
  for (const scan of scans) expect(scan).toEqual({ purpose: 'lab', sealed_probe: null, payment_id: null });
  expect(await rows('SELECT 1 FROM faces')).toEqual([]);
  expect(await rows('SELECT 1 FROM payments')).toEqual([]);
  const [session] = await readdir(shop.labDir);
  expect((await readdir(join(shop.labDir, session))).sort()).toEqual(['attempts.jsonl', 'session.json']);
  const lines = (await readFile(join(shop.labDir, session, 'attempts.jsonl'), 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(attempts);
  // The screen shone on what was tried, and the camera held its own colours meanwhile.
  const written = lines.map((line) => (JSON.parse(line) as { attempt: LabAttempt }).attempt);
  expect(written.map(({ findings }) => findings)).toContainEqual(expect.objectContaining({ colourLock: 'locked' }));
  // Numbers and words: four attempts of a second each, with their pictures, would be megabytes.
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(6_000);
});
