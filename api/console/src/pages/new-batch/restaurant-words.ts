/** How a restaurant is told. Pure functions. */
import type { Restaurant } from '../../api/types';

export function nameOf({ name }: Pick<Restaurant, 'name'>): string {
  return name?.trim() || 'Without a name';
}

/** The city is named once. */
export function placeOf({ address, city }: Pick<Restaurant, 'address' | 'city'>): string {
  const isIn = address && city && address.toLowerCase().includes(city.toLowerCase());
  return [address, isIn ? null : city].filter(Boolean).join(', ') || 'No address';
}

export function cuisinesOf({ cuisine }: Pick<Restaurant, 'cuisine'>): string[] {
  if (typeof cuisine === 'string') return cuisine === '' ? [] : [cuisine];
  return Array.isArray(cuisine) ? cuisine.filter((one): one is string => typeof one === 'string') : [];
}

/** "Wellington, 28 Nov": where most are, and when. */
export function suggestedName(restaurants: readonly Restaurant[], today: Date): string {
  const cities = new Map<string, number>();
  for (const { city } of restaurants) if (city) cities.set(city, (cities.get(city) ?? 0) + 1);
  const [first] = [...cities].toSorted(([, a], [, b]) => b - a);
  const day = new Intl.DateTimeFormat('en-NZ', { day: 'numeric', month: 'short' }).format(today);
  return first ? `${first[0]}${cities.size > 1 ? ' and elsewhere' : ''}, ${day}` : `Batch of ${day}`;
}
