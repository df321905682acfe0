import type { Menu } from '@smile/contract';
import type { Books } from '../books/service.ts';
import type { Payouts } from '../payouts/service.ts';
import type { ApiKeys } from '../staff/api-keys.ts';
import type { Staff } from '../staff/service.ts';
import { burgerMenu, noodleMenu } from './demo-menus.ts';
import type { Shops } from './service.ts';

/** What the demo opens with: fixed ids, codes and tokens, printed by `npm start`. Never in production mode. */
export const DEMO = {
  merchants: [
    {
      id: 'mer_demosunnyside',
      name: 'Sunny Side Burgers',
      apiKey: 'sk_test_demosunnyside',
      // IBANs from their countries' entries in the IBAN registry: examples, nobody's.
      iban: 'DE89370400440532013000',
      menu: burgerMenu,
      shops: [
        {
          id: 'shp_demooldtown',
          name: 'Old Town',
          terminalId: 'trm_demooldtown1',
          pairingCode: 'DEMO-OLDTOWN',
          staffToken: 'demo-staff-oldtown',
        },
        {
          id: 'shp_demoriverside',
          name: 'Riverside',
          terminalId: 'trm_demoriverside1',
          pairingCode: 'DEMO-RIVERSIDE',
          staffToken: 'demo-staff-riverside',
        },
      ],
    },
    {
      id: 'mer_demojadenoodle',
      name: 'Jade Noodle House',
      apiKey: 'sk_test_demojadenoodle',
      iban: 'NL91ABNA0417164300',
      menu: noodleMenu,
      shops: [
        {
          id: 'shp_demojadelane',
          name: 'Jade Lane',
          terminalId: 'trm_demojadelane1',
          pairingCode: 'DEMO-JADELANE',
          staffToken: 'demo-staff-jadelane',
        },
      ],
    },
  ] satisfies readonly {
    id: string;
    name: string;
    apiKey: string;
    iban: string;
    menu: Menu;
    shops: readonly object[];
  }[],
  operatorToken: 'demo-operator',
  payoutSourceIban: 'FR1420041010050500013M02606',
  /** What the operator puts into the cover fund to begin with: 5,000.00 EUR. */
  coverFundMinor: 500_000n,
} as const;

const PAIRING_LIFE_MS = 365 * 24 * 3_600_000;

/**
 * Opens the demo's merchants, or brings them up to date. Its pairing codes can be used again after every start, so that
 * a terminal whose folder was thrown away finds its way back.
 */
export async function seedDemo(rooms: {
  readonly shops: Shops;
  readonly staff: Staff;
  readonly apiKeys: ApiKeys;
  readonly books: Books;
  readonly payouts: Payouts;
}): Promise<void> {
  const { shops, staff, apiKeys, books, payouts } = rooms;
  for (const merchant of DEMO.merchants) {
    await shops.putMerchant(merchant);
    await books.openMerchant(merchant.id, 'EUR');
    await apiKeys.ensure(merchant.apiKey, { merchantId: merchant.id, livemode: false, name: 'demo' });
    // Once: what an operator has set since stays. By hand, so that a demo's balances do not vanish overnight.
    if (!(await payouts.account(merchant.id)).ok) {
      const minimum = { amountMinor: '100', currency: 'EUR' } as const;
      const account = { holderName: merchant.name, iban: merchant.iban, schedule: 'manual', minimum } as const;
      await payouts.setAccount(merchant.id, account, 'demo');
    }
    for (const shop of merchant.shops) {
      await shops.putShop({
        id: shop.id,
        merchantId: merchant.id,
        name: shop.name,
        currency: 'EUR',
        country: 'DE',
        timeZone: 'Europe/Berlin',
        defaultLanguage: 'en',
        languages: ['en', 'zh'],
        menu: merchant.menu,
      });
      await shops.putTerminal({ id: shop.terminalId, shopId: shop.id, name: `${shop.name} 1`, testMode: true });
      await shops.putPairingCode(shop.terminalId, shop.pairingCode, PAIRING_LIFE_MS);
      await staff.ensureStaffToken(shop.staffToken, {
        merchantId: merchant.id,
        shopId: shop.id,
        label: `${merchant.name}, ${shop.name}`,
      });
      await staff.ensureStaffToken(shop.staffToken.replace('demo-staff', 'demo-manager'), {
        merchantId: merchant.id,
        shopId: shop.id,
        label: `${merchant.name}, ${shop.name}, manager`,
      });
    }
  }
  await staff.ensureOperatorToken(DEMO.operatorToken, 'demo operator');
  await books.contributeToCoverFund({ contributionId: 'demo', amountMinor: DEMO.coverFundMinor, currency: 'EUR' });
}
