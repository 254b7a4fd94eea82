/** A small batch as CSV, for whoever writes such a file: two restaurants, each with its menu in a file beside it. */
import { csvLine } from '../../domain/csv';
import type { MenuDish } from '../../domain/menu-csv';
import type { CuisineName } from '../demo/menu-pools';
import { composeMenu } from '../demo/menus';
import { uuid } from '../simulator/random';
import { inventedNzbn } from '../simulator/world';

const COLUMNS = [
  'name',
  'address',
  'city',
  'postcode',
  'phone',
  'email',
  'opening_hours',
  'primary_color',
  'secondary_color',
  'cuisines',
  'option_sets',
  'menu_file',
  'company_name',
  'company_number',
  'company_nzbn',
  'answer',
] as const;

const ROWS: readonly Record<(typeof COLUMNS)[number], string>[] = [
  {
    name: 'Toroa Bistro',
    address: '15 Marine Parade, Napier South, Napier 4110',
    city: 'Napier',
    postcode: '4110',
    phone: '06 555 0121',
    email: 'kai@toroabistro.example',
    opening_hours: 'Mon closed; Tue-Thu 11:00-21:30; Fri-Sat 11:00-01:00; Sun 11:00-20:00',
    primary_color: '#1F2A30',
    secondary_color: '#F2B705',
    cuisines: 'Modern New Zealand; Seafood',
    option_sets: '2',
    menu_file: 'menu-toroa-bistro.csv',
    company_name: 'TOROA BISTRO LIMITED',
    company_number: '9990061',
    company_nzbn: inventedNzbn(60),
    answer: '',
  },
  {
    name: 'Karangahape Noodles',
    address: '344 Karangahape Road, Newton, Auckland 1010',
    city: 'Auckland',
    postcode: '1010',
    phone: '09 555 0122',
    email: 'hello@knoodles.example',
    opening_hours: 'Mon-Sun 11:00-23:00',
    primary_color: '#9E1B32',
    secondary_color: '#E8C547',
    cuisines: 'Chinese',
    option_sets: '1',
    menu_file: 'menu-karangahape-noodles.csv',
    company_name: '',
    company_number: '',
    company_nzbn: '',
    answer: 'no_match',
  },
];

export function csvExample(): string {
  return [csvLine(COLUMNS), ...ROWS.map((row) => csvLine(COLUMNS.map((column) => row[column])))].join('');
}

function menu(cuisine: CuisineName, dishes: number, seed: number): MenuDish[] {
  return composeMenu({ cuisine, dishes, images: 3, imageHost: 'images.example', seed }).map(
    ({ image, ...dish }, at) => ({
      category: dish.category,
      name: dish.name,
      price: dish.price,
      type: 'standard',
      description: dish.description ?? '',
      tags: dish.tags ?? [],
      image:
        image === undefined
          ? null
          : { id: uuid(seed, 'image', at), filename: image.slice(image.lastIndexOf('/') + 1) },
    }),
  );
}

export const MENU_EXAMPLES = [
  { file: 'menu-toroa-bistro.csv', dishes: () => menu('seafood', 22, 501) },
  { file: 'menu-karangahape-noodles.csv', dishes: () => menu('chinese', 24, 502) },
] as const;
