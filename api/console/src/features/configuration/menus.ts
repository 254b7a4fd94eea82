/** The menus of a restaurant, as people tell them apart. */
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Menu } from '../../api/types';

export const menuWords = ({ version, dish_count }: Menu): string =>
  `Version ${version}, ${dish_count} dishes`;

export function useMenus(restaurantId: string) {
  return useQuery({
    queryKey: keys.menus(restaurantId),
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/registration-batches/restaurants/{restaurantId}/menus', {
          params: { path: { restaurantId } },
          signal,
        }),
      ),
  });
}
