import { z } from 'zod';
import { LANGUAGES, LanguageSchema, TextSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { CurrencySchema, MoneySchema } from './money.ts';

/**
 * A dish is built of components. Every component can be left out (until only the pickle is left), some can be had
 * twice or swapped. `picture` names a drawing that the kiosk brings; a component's drawing is a layer of the dish's.
 */
export const MenuComponentSchema = z.object({
  id: z.string().max(40),
  name: TextSchema,
  picture: z.string().max(40),
  removable: z.boolean(),
  maxExtra: z.number().int().min(0).max(5).describe('How many more of it a guest may add'),
  extraPrice: MoneySchema.describe('Price of each extra one'),
  swaps: z.array(
    z.object({ id: z.string().max(40), name: TextSchema, picture: z.string().max(40), priceDelta: MoneySchema }),
  ),
});
export type MenuComponent = z.infer<typeof MenuComponentSchema>;

export const MenuItemSchema = z.object({
  id: idSchema('menuItem'),
  category: z.string().max(40),
  name: TextSchema,
  description: TextSchema,
  picture: z.string().max(40).describe('Name of a drawing of the kiosk, such as burger, noodles, drink-cola'),
  price: MoneySchema,
  components: z.array(MenuComponentSchema).max(20),
  tags: z.array(z.enum(['vegetarian', 'vegan', 'spicy', 'popular'])),
});
export type MenuItem = z.infer<typeof MenuItemSchema>;

export const MenuSchema = z.object({
  categories: z.array(z.object({ id: z.string().max(40), name: TextSchema, picture: z.string().max(40) })),
  items: z.array(MenuItemSchema).max(200),
});
export type Menu = z.infer<typeof MenuSchema>;

export const ShopSchema = z.object({
  id: idSchema('shop'),
  merchantId: idSchema('merchant'),
  merchantName: z.string(),
  name: z.string(),
  currency: CurrencySchema,
  /** ISO 3166-1 alpha-2; the default country of phone numbers typed here. */
  country: z.string().length(2),
  defaultLanguage: LanguageSchema,
  languages: z.array(z.enum(LANGUAGES)),
});
export type Shop = z.infer<typeof ShopSchema>;

export const TerminalSchema = z.object({
  id: idSchema('terminal'),
  shopId: idSchema('shop'),
  name: z.string(),
  state: z.enum(['unpaired', 'active', 'disabled']),
  testMode: z.boolean().describe('Only a terminal in test mode may send frames of a simulator or a recording'),
});
export type Terminal = z.infer<typeof TerminalSchema>;

export const PairTerminalSchema = z.object({
  pairingCode: z.string().min(6).max(20),
  publicKey: z.string().max(200).describe('Ed25519 public key, SPKI DER in base64url'),
  model: z.string().max(80),
  softwareVersion: z.string().max(40),
});

/** What a kiosk needs to open: who it is, what is sold. */
export const TerminalProfileSchema = z.object({ terminal: TerminalSchema, shop: ShopSchema, menu: MenuSchema });
export type TerminalProfile = z.infer<typeof TerminalProfileSchema>;
