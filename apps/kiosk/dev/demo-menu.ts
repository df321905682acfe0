import type { Menu } from '@smile/contract';

/** The shape of the demo's burger menu in small, for tests: a dish of everything, one that is plain, one without a drawing. */
const text = (en: string, zh: string) => ({ en, zh });
const eur = (amountMinor: number) => ({ amountMinor: String(amountMinor), currency: 'EUR' as const });

const part = (id: string, en: string, zh: string, extraMinor = 0, maxExtra = 0) => ({
  id,
  name: text(en, zh),
  picture: id,
  removable: true,
  maxExtra,
  extraPrice: eur(extraMinor),
  swaps: [],
});

export const smallMenu: Menu = {
  categories: [
    { id: 'burgers', name: text('Burgers', '汉堡'), picture: 'burgers' },
    { id: 'drinks', name: text('Drinks', '饮品'), picture: 'drinks' },
  ],
  items: [
    {
      id: 'itm_testburger',
      category: 'burgers',
      name: text('Test Burger', '测试汉堡'),
      description: text('Everything that can be changed', '什么都能改'),
      picture: 'burger',
      price: eur(890),
      components: [
        {
          ...part('bun', 'Bun', '面包'),
          swaps: [
            {
              id: 'gluten-free-bun',
              name: text('Gluten-free bun', '无麸质面包'),
              picture: 'gluten-free-bun',
              priceDelta: eur(120),
            },
          ],
        },
        {
          ...part('patty', 'Patty', '肉饼', 250, 2),
          swaps: [
            { id: 'veggie-patty', name: text('Veggie patty', '素肉饼'), picture: 'veggie-patty', priceDelta: eur(0) },
          ],
        },
        part('cheese', 'Cheese', '奶酪', 100, 3),
        part('pickle', 'Pickle', '酸黄瓜', 40, 5),
      ],
      tags: ['popular'],
    },
    {
      id: 'itm_testcola0',
      category: 'drinks',
      name: text('Cola', '可乐'),
      description: text('Cold', '冰的'),
      picture: 'cola',
      price: eur(320),
      components: [{ ...part('cola', 'Cola', '可乐'), removable: false }, part('ice', 'Ice', '冰块')],
      tags: ['vegan'],
    },
    {
      id: 'itm_testsurprise',
      category: 'drinks',
      name: text('Surprise', '惊喜'),
      description: text('Nobody has drawn it', '还没有画'),
      picture: 'surprise',
      price: eur(100),
      components: [],
      tags: [],
    },
  ],
};
