import type { Page } from 'playwright-core';

/** What a guest does at the kiosk, in the guest's own words. Test ids are listed in apps/kiosk/README.md. */
export class KioskGuest {
  readonly page: Page;
  readonly #kioskUrl: string;
  readonly #serverUrl: string;

  constructor(page: Page, urls: { kioskUrl: string; serverUrl: string }) {
    this.page = page;
    this.#kioskUrl = urls.kioskUrl;
    this.#serverUrl = urls.serverUrl;
  }

  id(testId: string) {
    return this.page.getByTestId(testId);
  }

  async comesToTheKiosk(): Promise<void> {
    await this.page.goto(this.#kioskUrl);
    await this.id('start').waitFor();
  }

  async types(digits: string): Promise<void> {
    for (const digit of digits) await this.id(`keypad-${digit}`).click();
  }

  /** The one-time code, read where the development server keeps its messages. */
  async readsCodeSentTo(phone: string): Promise<string> {
    const response = await fetch(`${this.#serverUrl}/dev/outbox.json?phone=${encodeURIComponent(phone)}`);
    const { data } = (await response.json()) as { data: { text: string }[] };
    const code = /\b(\d{6})\b/.exec(data[0]?.text ?? '')?.[1];
    if (!code) throw new Error(`no code was sent to the test phone`);
    return code;
  }
}
