import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { artifactsDir } from './shop.ts';

const STEP_TIMEOUT_MS = 30_000;
const STILL_WITHIN_MS = 1_500;

export type KioskBrowser = {
  readonly page: Page;
  /** Kept among the test's artefacts, numbered in the order taken. */
  shot(name: string): Promise<void>;
  close(): Promise<void>;
};

/** Chromium as the kiosk's screen: 1080 x 1920, portrait, with a profile of its own. */
export async function openKioskBrowser(options: {
  viewport?: { width: number; height: number };
  prefix: string;
}): Promise<KioskBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'smile-browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    headless: true,
    viewport: options.viewport ?? { width: 1080, height: 1920 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  let count = 0;
  return {
    page,
    async shot(name) {
      count += 1;
      await page.evaluate(untilStill, STILL_WITHIN_MS);
      await page.screenshot({
        path: join(artifactsDir, `${options.prefix}-${String(count).padStart(2, '0')}-${name}.png`),
      });
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Runs in the page: a picture is taken when what moves in has arrived; what moves for ever is not waited for. */
async function untilStill(withinMs: number): Promise<void> {
  const moves = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
  const late = new Promise((resolve) => setTimeout(resolve, withinMs));
  await Promise.race([Promise.allSettled(moves.map(({ finished }) => finished)), late]);
}
