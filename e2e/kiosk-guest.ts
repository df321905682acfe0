import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { KioskBrowser } from './browser.ts';
import { artifactsDir } from './shop.ts';

const TRIES_AGAIN = 2;

/** What a guest does at the kiosk, in the guest's own words. Test ids are listed in apps/kiosk/README.md. */
export class KioskGuest {
  readonly page: Page;
  readonly #browser: KioskBrowser;
  readonly #kioskUrl: string;
  readonly #serverUrl: string;

  constructor(browser: KioskBrowser, urls: { kioskUrl: string; serverUrl: string }) {
    this.page = browser.page;
    this.#browser = browser;
    this.#kioskUrl = urls.kioskUrl;
    this.#serverUrl = urls.serverUrl;
  }

  id(testId: string) {
    return this.page.getByTestId(testId);
  }

  async comesToTheKiosk(): Promise<void> {
    await this.page.goto(this.#kioskUrl);
    await this.sees('start');
  }

  async taps(testId: string): Promise<void> {
    await this.#orShow(testId, () => this.id(testId).click());
  }

  async sees(testId: string, { withinMs }: { withinMs?: number } = {}): Promise<void> {
    await this.#orShow(testId, () => this.id(testId).waitFor({ timeout: withinMs }));
  }

  async seesScreen(name: string): Promise<void> {
    const screen = this.page.locator(`[data-testid="screen"][data-screen="${name}"]`);
    await this.#orShow(name, () => screen.waitFor());
  }

  /** Themselves, in the mirror on the screen. */
  async seesPicture(): Promise<void> {
    await this.#orShow('picture', () => this.page.locator('[data-testid="mirror"][data-picture="yes"]').waitFor());
  }

  /** The mirror has said what to do, so the face in it has been found. */
  async seesGuidance(): Promise<void> {
    await this.#orShow('guidance', () => this.page.locator('[data-testid="mirror"]:not([data-hint=""])').waitFor());
  }

  /** The steepest step of grey from pixel to pixel in the middle of the mirror's picture, and near its sides. */
  looksClosely(): Promise<{ guestSteepest: number; besideSteepest: number }> {
    return this.page.locator('[data-testid="mirror"] canvas').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { width, height } = canvas;
      const data = canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray(0);
      const grey = (x: number, y: number) => {
        const at = 4 * (y * width + x);
        return 0.3 * data[at] + 0.6 * data[at + 1] + 0.1 * data[at + 2];
      };
      const steepest = (fromX: number, toX: number) => {
        let most = 0;
        for (let y = Math.round(0.3 * height); y < 0.7 * height; y += 1) {
          for (let x = Math.round(fromX * width); x < toX * width - 1; x += 1) {
            most = Math.max(most, Math.abs(grey(x + 1, y) - grey(x, y)));
          }
        }
        return most;
      };
      return {
        guestSteepest: steepest(0.42, 0.58),
        besideSteepest: Math.max(steepest(0, 0.2), steepest(0.8, 1)),
      };
    });
  }

  async types(digits: string): Promise<void> {
    for (const digit of digits) await this.taps(`keypad-${digit}`);
  }

  /**
   * Looks until the number is asked for. As a guest would, tries again when the kiosk was not sure: on a busy machine the
   * camera's pictures come too slowly now and then. A refusal as an attack is not tried again.
   */
  async passesTheScan(): Promise<void> {
    const asked = this.page.locator('[data-testid="screen"][data-screen="phone"]');
    const unsure = this.page.locator(
      '[data-testid="message"]:is([data-code="undecided"], [data-code="light_unreadable"])',
    );
    for (let again = 0; ; again += 1) {
      await this.#orShow('phone', () => asked.or(unsure).first().waitFor());
      if (await asked.isVisible()) return;
      if (again === TRIES_AGAIN) throw new Error('the scan stayed undecided');
      await this.taps('scan-again');
      await unsure.waitFor({ state: 'detached' });
    }
  }

  /** Looks until the kiosk has made up its mind, whatever it is. */
  async endsTheScan(): Promise<void> {
    const asked = this.page.locator('[data-testid="screen"][data-screen="phone"]');
    await this.#orShow('decision', () => asked.or(this.id('scan-again')).first().waitFor());
  }

  /** Pays what the screen says, with the PIN where that is asked for. */
  async pays(pin: string): Promise<'tap' | 'pin'> {
    const [tap, withPin] = [this.id('pay'), this.id('pin-required')];
    await this.#orShow('pay', () => tap.or(withPin).first().waitFor());
    const asked = await withPin.isVisible();
    if (asked) await this.types(pin);
    await this.taps('pay');
    return asked ? 'pin' : 'tap';
  }

  /** As much of the number as is asked for after the look; answers how much that was. */
  async saysNumber(typed: string): Promise<'full' | 'last_four'> {
    const asked = this.page.getByTestId(/^(full-phone|last-digits)$/);
    await this.#orShow('phone step', () => asked.waitFor());
    if ((await asked.getAttribute('data-testid')) === 'last-digits') {
      await this.types(typed.slice(-4));
      return 'last_four';
    }
    await this.types(typed);
    await this.taps('keypad-done');
    return 'full';
  }

  /** From the first screen to a basket with one dish in it. */
  async ordersSomething(): Promise<void> {
    await this.comesToTheKiosk();
    await this.taps('start');
    await this.taps('serve-here');
    await this.seesScreen('menu');
    await this.page
      .getByTestId(/^item-/)
      .first()
      .click();
    await this.seesScreen('dish');
    await this.taps('add-to-basket');
    await this.taps('open-basket');
    await this.seesScreen('basket');
  }

  /** The one-time code, read where the development server keeps its messages. */
  async readsCodeSentTo(phone: string): Promise<string> {
    const response = await fetch(`${this.#serverUrl}/dev/outbox.json?phone=${encodeURIComponent(phone)}`);
    const { data } = (await response.json()) as { data: { text: string }[] };
    const code = /\b(\d{6})\b/.exec(data[0]?.text ?? '')?.[1];
    if (!code) throw new Error(`no code was sent to the test phone`);
    return code;
  }

  /** What was on the screen instead is kept among the artefacts. */
  async #orShow(wanted: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.#browser.shot(`missing-${wanted}`);
      writeFileSync(join(artifactsDir, 'missing.html'), await this.page.content());
      throw error;
    }
  }
}
