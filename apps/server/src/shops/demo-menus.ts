import type { Menu, MenuComponent, MenuItem, Text } from '@smile/contract';

/**
 * The menus of the demo's two merchants. `picture` is the name of a drawing the kiosk brings.
 *
 * Drawings of dishes: burger, double-burger, chicken-burger, veggie-burger, fries, sweet-potato-fries, nuggets, salad,
 * cola, lemonade, water, coffee, ice-cream; beef-noodles, dan-dan-noodles, wonton-soup, veggie-noodles, dumplings,
 * cucumber-salad, jasmine-tea, soy-milk, mango-pudding.
 *
 * Drawings of categories: burgers, sides, drinks, sweets; noodles, small-dishes, teas.
 *
 * Drawings of components: bun, gluten-free-bun, patty, veggie-patty, chicken-patty, cheese, vegan-cheese, bacon, lettuce,
 * tomato, onion, pickle, sauce, fries, sweet-potato-fries, nuggets, salt, ketchup, mayo, dressing, cucumber, croutons,
 * cola, lemonade, water, coffee, milk, oat-milk, ice, lemon, mint, ice-cream, chocolate-sauce, sprinkles; noodles,
 * rice-noodles, broth, beef, tofu, egg, pak-choi, spring-onion, chilli-oil, peanuts, coriander, minced-pork, wontons,
 * dumplings, vinegar, garlic, sesame, tea, soy-milk, sugar, mango-pudding.
 */
export type DemoMenu = Menu;

const text = (en: string, zh: string): Text => ({ en, zh });
const eur = (amountMinor: number) => ({ amountMinor: String(amountMinor), currency: 'EUR' as const });

type Swap = MenuComponent['swaps'][number];
const swap = (id: string, name: Text, priceDelta: number): Swap => ({
  id,
  name,
  picture: id,
  priceDelta: eur(priceDelta),
});

/** A component that may be left out. `extra` is the price of one more, of which a guest may add up to `most`. */
function part(
  id: string,
  name: Text,
  extra: { price: number; most: number } | null = null,
  swaps: Swap[] = [],
): MenuComponent {
  return {
    id,
    name,
    picture: id,
    removable: true,
    maxExtra: extra?.most ?? 0,
    extraPrice: eur(extra?.price ?? 0),
    swaps,
  };
}

/** What the dish cannot be without. */
const base = (id: string, name: Text, swaps: Swap[] = []): MenuComponent => ({
  ...part(id, name, null, swaps),
  removable: false,
});

// Sunny Side Burgers

const GLUTEN_FREE_BUN = swap('gluten-free-bun', text('Gluten-free bun', '无麸质面包'), 120);
const BEEF_PATTY = swap('patty', text('Beef patty', '牛肉饼'), 0);
const VEGGIE_PATTY = swap('veggie-patty', text('Veggie patty', '素肉饼'), 0);
const CHICKEN_PATTY = swap('chicken-patty', text('Chicken patty', '鸡肉饼'), 50);

const bun = part('bun', text('Sesame bun', '芝麻面包'), null, [GLUTEN_FREE_BUN]);
const cheese = part('cheese', text('Cheddar', '切达奶酪'), { price: 100, most: 3 }, [
  swap('vegan-cheese', text('Vegan cheese', '纯素奶酪'), 50),
]);
const bacon = part('bacon', text('Bacon', '培根'), { price: 180, most: 3 });
const lettuce = part('lettuce', text('Lettuce', '生菜'), { price: 40, most: 2 });
const tomato = part('tomato', text('Tomato', '番茄'), { price: 50, most: 2 });
const onion = part('onion', text('Onion', '洋葱'), { price: 40, most: 2 });
const pickle = part('pickle', text('Pickle', '酸黄瓜'), { price: 40, most: 5 });
const sauce = part('sauce', text('Sunny sauce', '阳光酱'), { price: 50, most: 2 }, [
  swap('ketchup', text('Ketchup', '番茄酱'), 0),
  swap('mayo', text('Mayonnaise', '蛋黄酱'), 0),
]);
const ice = part('ice', text('Ice', '冰块'));
const lemon = part('lemon', text('Slice of lemon', '柠檬片'), { price: 30, most: 2 });
const salt = part('salt', text('Salt', '盐'));

const burgerItems: readonly Omit<MenuItem, 'id'>[] = [
  {
    category: 'burgers',
    name: text('Sunny Burger', '阳光汉堡'),
    description: text('Beef from the grill, cheddar, all the greens', '炭烤牛肉饼、切达奶酪，配齐新鲜蔬菜'),
    picture: 'burger',
    price: eur(890),
    components: [
      bun,
      part('patty', text('Beef patty', '牛肉饼'), { price: 250, most: 2 }, [VEGGIE_PATTY, CHICKEN_PATTY]),
      cheese,
      lettuce,
      tomato,
      onion,
      pickle,
      sauce,
    ],
    tags: ['popular'],
  },
  {
    category: 'burgers',
    name: text('Double Burger', '双层汉堡'),
    description: text('Two patties, cheddar and bacon for the very hungry', '双层肉饼配切达奶酪和培根，大胃之选'),
    picture: 'double-burger',
    price: eur(1290),
    components: [
      bun,
      part('patty', text('Two beef patties', '双层牛肉饼'), { price: 250, most: 1 }, [
        swap('veggie-patty', text('Two veggie patties', '双层素肉饼'), 0),
        swap('chicken-patty', text('Two chicken patties', '双层鸡肉饼'), 100),
      ]),
      cheese,
      bacon,
      onion,
      pickle,
      sauce,
    ],
    tags: [],
  },
  {
    category: 'burgers',
    name: text('Chicken Burger', '鸡肉汉堡'),
    description: text('Crisp chicken with lettuce and mayonnaise', '香脆鸡排配生菜和蛋黄酱'),
    picture: 'chicken-burger',
    price: eur(920),
    components: [
      bun,
      part('chicken-patty', text('Chicken patty', '鸡肉饼'), { price: 280, most: 2 }, [BEEF_PATTY, VEGGIE_PATTY]),
      lettuce,
      tomato,
      pickle,
      part('mayo', text('Mayonnaise', '蛋黄酱'), { price: 50, most: 2 }, [
        swap('sauce', text('Sunny sauce', '阳光酱'), 0),
        swap('ketchup', text('Ketchup', '番茄酱'), 0),
      ]),
    ],
    tags: [],
  },
  {
    category: 'burgers',
    name: text('Garden Burger', '田园素汉堡'),
    description: text('A patty of beans and beetroot, with everything green', '豆子与甜菜根素肉饼，满满绿意'),
    picture: 'veggie-burger',
    price: eur(860),
    components: [
      bun,
      part('veggie-patty', text('Veggie patty', '素肉饼'), { price: 230, most: 2 }, [BEEF_PATTY, CHICKEN_PATTY]),
      part('vegan-cheese', text('Vegan cheese', '纯素奶酪'), { price: 120, most: 3 }, [
        swap('cheese', text('Cheddar', '切达奶酪'), 0),
      ]),
      lettuce,
      tomato,
      onion,
      pickle,
      sauce,
    ],
    tags: ['vegetarian', 'popular'],
  },
  {
    category: 'sides',
    name: text('Fries', '薯条'),
    description: text('Cut here, fried twice', '现切土豆，两次油炸'),
    picture: 'fries',
    price: eur(350),
    components: [
      base('fries', text('Fries', '薯条')),
      salt,
      part('ketchup', text('Ketchup', '番茄酱'), { price: 50, most: 3 }, [
        swap('mayo', text('Mayonnaise', '蛋黄酱'), 0),
      ]),
    ],
    tags: ['vegan', 'popular'],
  },
  {
    category: 'sides',
    name: text('Sweet potato fries', '红薯条'),
    description: text('Soft within, crisp outside', '外脆里嫩'),
    picture: 'sweet-potato-fries',
    price: eur(420),
    components: [
      base('sweet-potato-fries', text('Sweet potato fries', '红薯条')),
      salt,
      part('mayo', text('Mayonnaise', '蛋黄酱'), { price: 50, most: 3 }, [
        swap('ketchup', text('Ketchup', '番茄酱'), 0),
      ]),
    ],
    tags: ['vegetarian'],
  },
  {
    category: 'sides',
    name: text('Nuggets', '鸡块'),
    description: text('Six pieces of chicken with a dip', '六块鸡块配蘸酱'),
    picture: 'nuggets',
    price: eur(540),
    components: [
      base('nuggets', text('Six nuggets', '六块鸡块')),
      part('sauce', text('Sunny sauce', '阳光酱'), { price: 50, most: 3 }, [
        swap('ketchup', text('Ketchup', '番茄酱'), 0),
        swap('mayo', text('Mayonnaise', '蛋黄酱'), 0),
      ]),
    ],
    tags: [],
  },
  {
    category: 'sides',
    name: text('Green salad', '田园沙拉'),
    description: text('Lettuce, tomato, cucumber and croutons', '生菜、番茄、黄瓜和面包丁'),
    picture: 'salad',
    price: eur(480),
    components: [
      base('lettuce', text('Lettuce', '生菜')),
      tomato,
      part('cucumber', text('Cucumber', '黄瓜'), { price: 40, most: 2 }),
      onion,
      part('croutons', text('Croutons', '面包丁'), { price: 50, most: 2 }),
      part('dressing', text('Herb dressing', '香草沙拉酱'), { price: 50, most: 2 }),
    ],
    tags: ['vegetarian'],
  },
  {
    category: 'drinks',
    name: text('Cola', '可乐'),
    description: text('0.4 litres', '0.4 升'),
    picture: 'cola',
    price: eur(320),
    components: [base('cola', text('Cola', '可乐')), ice, lemon],
    tags: ['vegan'],
  },
  {
    category: 'drinks',
    name: text('Lemonade', '柠檬水'),
    description: text('Made here, 0.4 litres', '店内自制，0.4 升'),
    picture: 'lemonade',
    price: eur(360),
    components: [
      base('lemonade', text('Lemonade', '柠檬水')),
      ice,
      part('mint', text('Mint', '薄荷'), { price: 20, most: 2 }),
    ],
    tags: ['vegan', 'popular'],
  },
  {
    category: 'drinks',
    name: text('Water', '矿泉水'),
    description: text('Still, 0.5 litres', '无气，0.5 升'),
    picture: 'water',
    price: eur(240),
    components: [base('water', text('Water', '矿泉水')), ice, lemon],
    tags: ['vegan'],
  },
  {
    category: 'drinks',
    name: text('Coffee', '咖啡'),
    description: text('Freshly ground', '现磨咖啡'),
    picture: 'coffee',
    price: eur(290),
    components: [
      base('coffee', text('Coffee', '咖啡')),
      part('milk', text('Milk', '牛奶'), { price: 30, most: 2 }, [swap('oat-milk', text('Oat milk', '燕麦奶'), 40)]),
    ],
    tags: ['vegetarian'],
  },
  {
    category: 'sweets',
    name: text('Vanilla ice cream', '香草冰淇淋'),
    description: text('Two scoops with chocolate sauce', '两个冰淇淋球配巧克力酱'),
    picture: 'ice-cream',
    price: eur(390),
    components: [
      base('ice-cream', text('Vanilla ice cream', '香草冰淇淋')),
      part('chocolate-sauce', text('Chocolate sauce', '巧克力酱'), { price: 50, most: 2 }),
      part('sprinkles', text('Sprinkles', '彩糖粒'), { price: 30, most: 2 }),
    ],
    tags: ['vegetarian'],
  },
];

const burgerCategories: Menu['categories'] = [
  { id: 'burgers', name: text('Burgers', '汉堡'), picture: 'burgers' },
  { id: 'sides', name: text('Sides', '小食'), picture: 'sides' },
  { id: 'drinks', name: text('Drinks', '饮品'), picture: 'drinks' },
  { id: 'sweets', name: text('Sweets', '甜品'), picture: 'sweets' },
];

// Jade Noodle House

const RICE_NOODLES = swap('rice-noodles', text('Rice noodles', '米粉'), 50);
const TOFU = swap('tofu', text('Tofu', '豆腐'), 0);

const noodles = part('noodles', text('Hand-pulled noodles', '手拉面'), { price: 200, most: 1 }, [RICE_NOODLES]);
const egg = part('egg', text('Marinated egg', '卤蛋'), { price: 150, most: 2 });
const pakChoi = part('pak-choi', text('Pak choi', '小白菜'), { price: 120, most: 2 });
const springOnion = part('spring-onion', text('Spring onion', '葱花'), { price: 30, most: 2 });
const coriander = part('coriander', text('Coriander', '香菜'), { price: 30, most: 2 });
const chilliOil = part('chilli-oil', text('Chilli oil', '辣椒油'), { price: 50, most: 3 });
const peanuts = part('peanuts', text('Peanuts', '花生碎'), { price: 50, most: 2 });

const noodleItems: readonly Omit<MenuItem, 'id'>[] = [
  {
    category: 'noodles',
    name: text('Beef noodle soup', '红烧牛肉面'),
    description: text('Beef braised for six hours in a dark, spiced broth', '文火慢炖六小时的牛肉，配香浓汤底'),
    picture: 'beef-noodles',
    price: eur(1290),
    components: [
      noodles,
      part('broth', text('Beef broth', '牛肉汤')),
      part('beef', text('Braised beef', '红烧牛肉'), { price: 350, most: 2 }, [TOFU]),
      egg,
      pakChoi,
      springOnion,
      coriander,
      chilliOil,
    ],
    tags: ['popular'],
  },
  {
    category: 'noodles',
    name: text('Dan dan noodles', '担担面'),
    description: text('Minced pork, sesame, chilli oil and peanuts', '肉末、芝麻酱、辣椒油与花生碎'),
    picture: 'dan-dan-noodles',
    price: eur(1150),
    components: [
      noodles,
      part('minced-pork', text('Minced pork', '肉末'), { price: 250, most: 2 }, [TOFU]),
      pakChoi,
      springOnion,
      chilliOil,
      peanuts,
    ],
    tags: ['spicy', 'popular'],
  },
  {
    category: 'noodles',
    name: text('Wonton soup', '鲜肉馄饨汤'),
    description: text('Eight wontons in a clear broth', '清汤八只鲜肉馄饨'),
    picture: 'wonton-soup',
    price: eur(990),
    components: [
      part('wontons', text('Eight wontons', '八只馄饨'), { price: 350, most: 1 }),
      part('broth', text('Clear broth', '清汤')),
      pakChoi,
      egg,
      springOnion,
      coriander,
    ],
    tags: [],
  },
  {
    category: 'noodles',
    name: text('Garden noodles', '时蔬素面'),
    description: text('Tofu and vegetables in a mushroom broth', '豆腐时蔬配菌菇汤'),
    picture: 'veggie-noodles',
    price: eur(1090),
    components: [
      noodles,
      part('broth', text('Mushroom broth', '菌菇汤')),
      part('tofu', text('Tofu', '豆腐'), { price: 180, most: 2 }),
      pakChoi,
      springOnion,
      chilliOil,
      peanuts,
    ],
    tags: ['vegan'],
  },
  {
    category: 'small-dishes',
    name: text('Dumplings', '手工水饺'),
    description: text('Eight pieces, boiled, with vinegar', '八只水饺，配香醋'),
    picture: 'dumplings',
    price: eur(790),
    components: [
      base('dumplings', text('Eight dumplings', '八只水饺')),
      part('vinegar', text('Black vinegar', '香醋'), { price: 30, most: 2 }),
      chilliOil,
      part('garlic', text('Garlic', '蒜泥'), { price: 30, most: 2 }),
    ],
    tags: ['popular'],
  },
  {
    category: 'small-dishes',
    name: text('Cucumber salad', '拍黄瓜'),
    description: text('Smashed cucumber with garlic and sesame', '蒜香芝麻拍黄瓜'),
    picture: 'cucumber-salad',
    price: eur(490),
    components: [
      base('cucumber', text('Cucumber', '黄瓜')),
      part('garlic', text('Garlic', '蒜泥'), { price: 30, most: 2 }),
      part('sesame', text('Sesame', '芝麻')),
      chilliOil,
      peanuts,
    ],
    tags: ['vegan', 'spicy'],
  },
  {
    category: 'teas',
    name: text('Jasmine tea', '茉莉花茶'),
    description: text('A pot, hot', '热茶一壶'),
    picture: 'jasmine-tea',
    price: eur(340),
    components: [
      base('tea', text('Jasmine tea', '茉莉花茶')),
      part('sugar', text('Rock sugar', '冰糖'), { price: 0, most: 2 }),
    ],
    tags: ['vegan'],
  },
  {
    category: 'teas',
    name: text('Soy milk', '豆浆'),
    description: text('Made every morning', '每日清晨现磨'),
    picture: 'soy-milk',
    price: eur(320),
    components: [
      base('soy-milk', text('Soy milk', '豆浆')),
      part('sugar', text('Sugar', '糖'), { price: 0, most: 2 }),
      ice,
    ],
    tags: ['vegan'],
  },
  {
    category: 'sweets',
    name: text('Mango pudding', '芒果布丁'),
    description: text('With a little cream', '配少许奶油'),
    picture: 'mango-pudding',
    price: eur(450),
    components: [
      base('mango-pudding', text('Mango pudding', '芒果布丁')),
      part('milk', text('Cream', '奶油'), { price: 40, most: 1 }),
    ],
    tags: ['vegetarian'],
  },
];

const noodleCategories: Menu['categories'] = [
  { id: 'noodles', name: text('Noodles and soups', '面与汤'), picture: 'noodles' },
  { id: 'small-dishes', name: text('Small dishes', '小菜'), picture: 'small-dishes' },
  { id: 'teas', name: text('Tea and soy milk', '茶与豆浆'), picture: 'teas' },
  { id: 'sweets', name: text('Sweets', '甜品'), picture: 'sweets' },
];

/** Ids are made of the drawing's name, so that they are the same in every demo. */
function withIds(prefix: string, items: readonly Omit<MenuItem, 'id'>[]): MenuItem[] {
  return items.map((item) => ({ id: `itm_${prefix}${item.picture.replaceAll('-', '')}`, ...item }));
}

export const burgerMenu: DemoMenu = { categories: burgerCategories, items: withIds('sunny0', burgerItems) };
export const noodleMenu: DemoMenu = { categories: noodleCategories, items: withIds('jade0', noodleItems) };
