/**
 * What invented restaurants may serve. A category either lists its dishes or crosses two lists of words
 * ("Butter" x "Chicken"), so that a pool of a few lines yields menus of well over a hundred believable dishes.
 */

export interface Category {
  name: string;
  /** NZD, GST included: what the cheapest and the dearest dish of the category cost. */
  price: readonly [number, number];
  /** Whole names, or two lists that are joined by a space. */
  dishes: readonly string[] | { first: readonly string[]; second: readonly string[] };
  /** Given to some of its dishes; none of them says "contains ...". */
  tags?: readonly string[];
  /** Sentences that end a description. */
  notes?: readonly string[];
}

export interface Cuisine {
  /** As the platform calls it. */
  cuisines: readonly string[];
  colours: readonly [string, string];
  categories: readonly Category[];
}

const DRINKS: Category = {
  name: 'Drinks',
  price: [4.5, 9],
  dishes: [
    'Lemon & Pāeroa 330 ml',
    'Feijoa Soda',
    'Ginger Beer',
    'Sparkling Water 750 ml',
    'Kawakawa Iced Tea',
    'Orange Juice',
    'Mānuka Honey Lemonade',
    'Cola 330 ml',
    'Blackcurrant Fizz',
    'Flat White',
  ],
};

const DESSERTS: Category = {
  name: 'Desserts',
  price: [8.5, 16],
  dishes: [
    'Pavlova',
    'Hokey Pokey Sundae',
    'Feijoa Crumble',
    'Chocolate Fondant',
    'Lemon Posset',
    'Sticky Date Pudding',
    'Steamed Pudding & Custard',
    'Affogato',
  ],
  tags: ['Vegetarian', 'New'],
  notes: ['Served with vanilla ice cream.', 'Made here every morning.'],
};

const CURRY_SAUCES = ['Butter', 'Korma', 'Vindaloo', 'Rogan Josh', 'Saag', 'Madras', 'Jalfrezi', 'Bhuna'];

export const CUISINES = {
  seafood: {
    cuisines: ['Modern New Zealand', 'Seafood'],
    colours: ['#F2B705', '#1F2A30'],
    categories: [
      {
        name: 'To Share',
        price: [9, 24],
        dishes: [
          'Rēwena Bread & Whipped Butter',
          'Pāua Fritters',
          'Kina Pāté on Toast',
          'Smoked Kahawai Dip',
          'Kūmara Fries',
          'Half Dozen Oysters',
          'Whitebait Sliders',
          'Green-Lipped Mussels, White Wine',
          'Hāngī Croquettes',
          'Seafood Chowder',
        ],
        tags: ['Popular', 'Dairy Free'],
        notes: ['With lemon and dill.', 'The way Nan made them.'],
      },
      {
        name: 'From the Boat',
        price: [28, 46],
        dishes: {
          first: ['Pan-Fried', 'Char-Grilled', 'Beer-Battered', 'Mānuka-Smoked'],
          second: ['Snapper', 'Tarakihi', 'Blue Cod', 'Hāpuku', 'Salmon', 'Kingfish', 'Gurnard', 'Trevally'],
        },
        tags: ['Gluten Free', 'Popular', 'Dairy Free'],
        notes: [
          'Roast potatoes and greens.',
          "Today's catch, caper butter.",
          'Kūmara mash, beurre noisette.',
        ],
      },
      {
        name: 'From the Land',
        price: [26, 44],
        dishes: [
          'Lamb Rump & Mint',
          'Venison, Horopito Rub',
          'Pork Belly & Pūhā',
          'Eye Fillet 200 g',
          'Chicken, Kawakawa Butter',
          'Mushroom Wellington',
          'Roast Pumpkin Risotto',
        ],
        tags: ['Gluten Free', 'New'],
        notes: ['Roast kūmara and jus.', 'With seasonal vegetables.'],
      },
      DESSERTS,
      DRINKS,
    ],
  },
  indian: {
    cuisines: ['Indian'],
    colours: ['#C8102E', '#FFB81C'],
    categories: [
      {
        name: 'Entrées',
        price: [7, 16],
        dishes: [
          'Vegetable Samosa',
          'Onion Bhaji',
          'Chicken Tikka',
          'Seekh Kebab',
          'Paneer Pakora',
          'Tandoori Prawns',
          'Aloo Tikki',
          'Papadom & Chutneys',
        ],
        tags: ['Vegetarian', 'Popular'],
        notes: ['From the tandoor.', 'With mint chutney.'],
      },
      {
        name: 'Curries',
        price: [18, 27],
        dishes: {
          first: CURRY_SAUCES,
          second: ['Chicken', 'Lamb', 'Goat', 'Beef', 'Prawn', 'Fish', 'Paneer', 'Mushroom', 'Vegetables'],
        },
        tags: ['Spicy', 'Gluten Free', 'Popular', 'Halal'],
        notes: ['Served with basmati rice.', 'Mild, medium or kiwi hot.'],
      },
      {
        name: 'Biryani',
        price: [19, 26],
        dishes: {
          first: ['Hyderabadi', 'Lucknowi'],
          second: ['Chicken Biryani', 'Lamb Biryani', 'Vegetable Biryani'],
        },
        tags: ['Spicy', 'Halal'],
      },
      {
        name: 'Breads',
        price: [3.5, 7],
        dishes: ['Plain Naan', 'Garlic Naan', 'Cheese Naan', 'Peshwari Naan', 'Tandoori Roti', 'Keema Naan'],
        tags: ['Vegetarian'],
      },
      {
        name: 'Indo-Chinese',
        price: [16, 24],
        dishes: {
          first: ['Chilli', 'Manchurian', 'Szechuan', 'Ginger'],
          second: ['Chicken', 'Paneer', 'Prawn', 'Gobi', 'Tofu'],
        },
        tags: ['Spicy', 'New'],
        notes: ['Dry or with gravy.'],
      },
      {
        name: 'Kathi Rolls',
        price: [12, 16],
        dishes: [
          'Chicken Kathi Roll',
          'Lamb Kathi Roll',
          'Paneer Kathi Roll',
          'Egg Kathi Roll',
          'Aloo Kathi Roll',
        ],
        tags: ['Halal', 'Deal'],
      },
      {
        name: 'Sweets',
        price: [6, 11],
        dishes: ['Gulab Jamun', 'Mango Kulfi', 'Rasmalai'],
        tags: ['Vegetarian'],
      },
      { name: 'Lassi', price: [5, 8], dishes: ['Mango Lassi', 'Sweet Lassi', 'Salted Lassi', 'Rose Lassi'] },
      DRINKS,
    ],
  },
  thai: {
    cuisines: ['Thai'],
    colours: ['#5B2C83', '#F4E1B5'],
    categories: [
      {
        name: 'Starters',
        price: [8, 15],
        dishes: [
          'Chicken Satay',
          'Spring Rolls',
          'Curry Puffs',
          'Fish Cakes',
          'Money Bags',
          'Salt & Pepper Squid',
        ],
        tags: ['Popular'],
        notes: ['With sweet chilli.'],
      },
      {
        name: 'Wok',
        price: [19, 28],
        dishes: {
          first: [
            'Pad Thai',
            'Pad See Ew',
            'Pad Kra Pao',
            'Cashew Stir-Fry',
            'Ginger Stir-Fry',
            'Drunken Noodles',
          ],
          second: ['Chicken', 'Pork', 'Beef', 'Prawn', 'Tofu'],
        },
        tags: ['Spicy', 'Popular', 'Dairy Free'],
        notes: ['Tell us how hot.'],
      },
      {
        name: 'Curries',
        price: [20, 28],
        dishes: {
          first: ['Green Curry', 'Red Curry', 'Massaman', 'Panang', 'Jungle Curry'],
          second: ['Chicken', 'Beef', 'Duck', 'Tofu'],
        },
        tags: ['Spicy', 'Gluten Free'],
        notes: ['With jasmine rice.'],
      },
      {
        name: 'Soups',
        price: [12, 19],
        dishes: ['Tom Yum Goong', 'Tom Kha Gai', 'Wonton Soup'],
        tags: ['Spicy'],
      },
      DRINKS,
    ],
  },
  pizza: {
    cuisines: ['Pizza', 'Italian'],
    colours: ['#00703C', '#D52B1E'],
    categories: [
      {
        name: 'Pizza',
        price: [19, 31],
        dishes: {
          first: [
            'Margherita',
            'Diavola',
            'Funghi',
            'Capricciosa',
            'Smoked Salmon',
            'Lamb & Feta',
            'Truffle & Potato',
            'Hāngī Pork',
          ],
          second: ['9 inch', '12 inch', 'Calzone'],
        },
        tags: ['Popular', 'Vegetarian', 'New'],
        notes: ['San Marzano tomato, fior di latte.', 'Wood-fired in ninety seconds.'],
      },
      {
        name: 'Pasta',
        price: [21, 29],
        dishes: {
          first: ['Spaghetti', 'Rigatoni', 'Pappardelle', 'Gnocchi'],
          second: ['Carbonara', 'al Ragù', 'Puttanesca', 'al Pesto', 'alla Norma'],
        },
        tags: ['Popular', 'Vegetarian'],
        notes: ['Gluten-free pasta on request.'],
      },
      {
        name: 'Antipasti',
        price: [9, 19],
        dishes: ['Garlic Bread', 'Arancini', 'Burrata & Tomato', 'Calamari Fritti', 'Marinated Olives'],
        tags: ['Vegetarian'],
      },
      { name: 'Dolci', price: [10, 15], dishes: ['Tiramisù', 'Panna Cotta', 'Cannoli', 'Affogato'] },
      DRINKS,
    ],
  },
  burgers: {
    cuisines: ['Burgers', 'American'],
    colours: ['#E4572E', '#17161A'],
    categories: [
      {
        name: 'Burgers',
        price: [15, 26],
        dishes: {
          first: ['The Classic', 'The Big Tōtara', 'The Kiwi', 'The Smoky', 'The Blue'],
          second: ['Beef', 'Double Beef', 'Fried Chicken', 'Mushroom'],
        },
        tags: ['Popular', 'New', 'Deal'],
        notes: ['100% beef, cheddar, pickles (2) and house relish.', 'On a brioche bun.'],
      },
      {
        name: 'Loaded Fries',
        price: [9, 17],
        dishes: [
          'Cheese & Gravy Fries',
          'Chilli Beef Fries',
          'Kūmara Fries & Aioli',
          'Truffle Fries',
          'Kimchi Fries',
        ],
        tags: ['Vegetarian', 'Spicy'],
      },
      {
        name: 'Wings',
        price: [12, 21],
        dishes: { first: ['Buffalo', 'Mānuka BBQ', 'Honey Soy'], second: ['Wings 6 pcs', 'Wings 12 pcs'] },
        tags: ['Spicy', 'Popular'],
      },
      { name: 'Shakes', price: [8, 11], dishes: ['Chocolate Shake', 'Vanilla Shake', 'Hokey Pokey Shake'] },
      DRINKS,
    ],
  },
  japanese: {
    cuisines: ['Japanese', 'Sushi'],
    colours: ['#B31942', '#F7F3EA'],
    categories: [
      {
        name: 'Sushi',
        price: [6, 15],
        dishes: {
          first: ['Salmon', 'Tuna', 'Teriyaki Chicken', 'Prawn Katsu', 'Avocado', 'Tamago', 'Eel', 'Inari'],
          second: ['Nigiri 2 pcs', 'Maki 6 pcs', 'Hand Roll', 'Aburi 2 pcs'],
        },
        tags: ['Popular', 'Dairy Free'],
      },
      {
        name: 'Donburi',
        price: [17, 25],
        dishes: ['Salmon Don', 'Katsu Don', 'Karaage Don', 'Gyu Don', 'Unagi Don', 'Tofu Don'],
        tags: ['New', 'Popular'],
        notes: ['Over rice, with miso soup.'],
      },
      {
        name: 'Ramen',
        price: [18, 24],
        dishes: ['Tonkotsu Ramen', 'Shōyu Ramen', 'Miso Ramen', 'Spicy Tantanmen', 'Vegetable Ramen'],
        tags: ['Spicy', 'Popular'],
      },
      {
        name: 'Small Plates',
        price: [6, 14],
        dishes: ['Edamame', 'Gyōza', 'Agedashi Tōfu', 'Takoyaki', 'Karaage'],
      },
      DRINKS,
    ],
  },
  fishAndChips: {
    cuisines: ['Fish & Chips', 'Takeaway'],
    colours: ['#0B4F8A', '#FFD23F'],
    categories: [
      {
        name: 'Fish',
        price: [8, 15],
        dishes: {
          first: ['Battered', 'Crumbed', 'Grilled'],
          second: ['Hoki', 'Tarakihi', 'Snapper', 'Gurnard', 'Lemon Fish'],
        },
        tags: ['Popular', 'Dairy Free'],
      },
      {
        name: 'From the Fryer',
        price: [1.5, 9],
        dishes: [
          'Scoop of Chips',
          'Kūmara Chips',
          'Potato Fritter',
          'Pāua Fritter',
          'Mussel Fritter',
          'Squid Rings',
          'Hot Dog',
          'Curry Roll',
          'Pineapple Ring',
          'Onion Rings',
        ],
        tags: ['Vegetarian', 'Deal'],
      },
      {
        name: 'Packs',
        price: [24, 62],
        dishes: ['Pack for One', 'Pack for Two', 'Family Pack', 'Whānau Feast', 'Friday Feed'],
        tags: ['Deal'],
        notes: ['With tartare sauce.'],
      },
      {
        name: 'Burgers',
        price: [9, 16],
        dishes: ['Fish Burger', 'Cheeseburger', 'Egg & Bacon Burger', 'Pāua Burger'],
      },
      DRINKS,
    ],
  },
  bakery: {
    cuisines: ['Café', 'Bakery'],
    colours: ['#7B4B2A', '#F3E9DC'],
    categories: [
      {
        name: 'Pies',
        price: [6.5, 9.5],
        dishes: [
          'Mince & Cheese Pie',
          'Steak & Pepper Pie',
          'Smoked Fish Pie',
          'Kūmara & Lentil Pie',
          'Butter Chicken Pie',
          'Bacon & Egg Pie',
        ],
        tags: ['Popular', 'Vegetarian'],
      },
      {
        name: 'Brunch',
        price: [14, 26],
        dishes: [
          'Eggs Benedict',
          'Big Breakfast',
          'Smashed Avocado',
          'French Toast',
          'Mushrooms on Rēwena',
          'Corn Fritters',
          'Açaí Bowl',
          'Shakshuka',
        ],
        tags: ['Vegetarian', 'New'],
        notes: ['On house sourdough.', 'Add bacon or halloumi.'],
      },
      {
        name: 'Cabinet',
        price: [4.5, 9],
        dishes: [
          'Cheese Scone',
          'Date Scone',
          'Lamington',
          'Afghan Biscuit',
          'Ginger Crunch',
          'Custard Square',
          'Carrot Cake',
          'Louise Cake',
          'Savoury Muffin',
        ],
        tags: ['Vegetarian'],
      },
      {
        name: 'Coffee',
        price: [4.5, 7],
        dishes: { first: ['Small', 'Large'], second: ['Long Black', 'Latte', 'Cappuccino', 'Mocha', 'Chai'] },
      },
      DRINKS,
    ],
  },
  chinese: {
    cuisines: ['Chinese', 'Yum Cha'],
    colours: ['#9E1B32', '#E8C547'],
    categories: [
      {
        name: 'Dumplings',
        price: [9, 17],
        dishes: {
          first: ['Steamed', 'Pan-Fried', 'Soup'],
          second: [
            'Pork & Chive Dumplings',
            'Prawn Dumplings',
            'Lamb & Cumin Dumplings',
            'Vegetable Dumplings',
          ],
        },
        tags: ['Popular', 'Dairy Free'],
      },
      {
        name: 'Mains',
        price: [19, 32],
        dishes: {
          first: [
            'Kung Pao',
            'Sweet & Sour',
            'Black Bean',
            'Szechuan',
            'Salt & Pepper',
            'Honey Lemon',
            'Ginger & Spring Onion',
          ],
          second: ['Chicken', 'Pork', 'Beef', 'Prawns', 'Tofu', 'Blue Cod'],
        },
        tags: ['Spicy', 'Popular', 'Dairy Free'],
        notes: ['With steamed rice.'],
      },
      {
        name: 'Noodles & Rice',
        price: [15, 23],
        dishes: {
          first: ['Hand-Pulled Noodles', 'Chow Mein', 'Fried Rice', 'Ho Fun'],
          second: ['with Beef', 'with BBQ Pork', 'with Vegetables', 'with Prawns'],
        },
        tags: ['Popular', 'Deal'],
      },
      { name: 'Sweet', price: [6, 10], dishes: ['Egg Tart', 'Sesame Balls', 'Mango Pudding', 'Custard Bun'] },
      DRINKS,
    ],
  },
  vietnamese: {
    cuisines: ['Vietnamese'],
    colours: ['#1B998B', '#FFFD82'],
    categories: [
      {
        name: 'Phở & Bún',
        price: [17, 24],
        dishes: {
          first: ['Phở', 'Bún Bowl', 'Bún Bò Huế'],
          second: ['Rare Beef', 'Chicken', 'Brisket', 'Tofu', 'Prawn', 'Lemongrass Pork'],
        },
        tags: ['Gluten Free', 'Popular'],
        notes: ['With herbs and lime.'],
      },
      {
        name: 'Bánh Mì',
        price: [11, 15],
        dishes: ['Bánh Mì Pork', 'Bánh Mì Chicken', 'Bánh Mì Tofu', 'Bánh Mì Pâté'],
        tags: ['Popular', 'Deal'],
      },
      {
        name: 'Rolls',
        price: [8, 13],
        dishes: ['Prawn Rice Paper Rolls', 'Tofu Rice Paper Rolls', 'Crispy Spring Rolls'],
        tags: ['Dairy Free'],
      },
      {
        name: 'Drinks',
        price: [5, 8],
        dishes: ['Iced Vietnamese Coffee', 'Salted Lime Soda', 'Jasmine Tea', 'Coconut Water'],
      },
    ],
  },
} as const satisfies Record<string, Cuisine>;

export type CuisineName = keyof typeof CUISINES;
export const CUISINE_NAMES = Object.keys(CUISINES) as CuisineName[];
