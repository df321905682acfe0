import { z } from 'zod';
import { LanguageSchema, TextSchema, TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { MoneySchema } from './money.ts';

export const DishChangeSchema = z.discriminatedUnion('change', [
  z.object({ change: z.literal('without'), componentId: z.string().max(40) }),
  z.object({ change: z.literal('extra'), componentId: z.string().max(40), count: z.number().int().min(1).max(5) }),
  z.object({ change: z.literal('swap'), componentId: z.string().max(40), swapId: z.string().max(40) }),
]);
export type DishChange = z.infer<typeof DishChangeSchema>;

export const NewOrderLineSchema = z.object({
  itemId: idSchema('menuItem'),
  quantity: z.number().int().min(1).max(20),
  changes: z.array(DishChangeSchema).max(40),
});
export type NewOrderLine = z.infer<typeof NewOrderLineSchema>;

export const NewOrderSchema = z.object({
  lines: z.array(NewOrderLineSchema).min(1).max(50),
  serving: z.enum(['here', 'to_go']),
  language: LanguageSchema,
});

/** `open` waits for money. A paid order goes to the kitchen: `paid` -> `preparing` -> `ready` -> `handed_over`. */
export const ORDER_STATES = ['open', 'paid', 'preparing', 'ready', 'handed_over', 'canceled'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const OrderSchema = z.object({
  id: idSchema('order'),
  shopId: idSchema('shop'),
  number: z.string().describe('What the guest is called by, such as A-17'),
  state: z.enum(ORDER_STATES),
  serving: z.enum(['here', 'to_go']),
  lines: z.array(
    z.object({
      itemId: idSchema('menuItem'),
      name: TextSchema,
      quantity: z.number().int(),
      changes: z.array(z.object({ change: DishChangeSchema, text: TextSchema })),
      total: MoneySchema,
    }),
  ),
  total: MoneySchema,
  createdAt: TimestampSchema,
});
export type Order = z.infer<typeof OrderSchema>;
