/** The restaurants there are, to be chosen: by search, by filter, one by one or all that are shown. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { SearchX, Store } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { GridList, GridListItem, Link, type Selection } from 'react-aria-components';
import { answer, api } from '../../api/client';
import { keys } from '../../api/keys';
import type { Restaurant } from '../../api/types';
import {
  Button,
  Card,
  Checkbox,
  EmptyState,
  ErrorPanel,
  Pill,
  SearchField,
  Skeleton,
  Switch,
  TextField,
} from '../../ui';
import styles from './NewBatchPage.module.css';
import { cuisinesOf, nameOf, placeOf } from './restaurant-words';

const PAGE = 100;
/** What a batch may hold. */
export const MOST = 1_000;

interface Filter {
  search: string;
  city: string;
  cuisine: string;
  onlyFree: boolean;
}

function useRestaurants({ search, city, cuisine, onlyFree }: Filter) {
  const query = {
    limit: PAGE,
    available: onlyFree ? ('true' as const) : ('false' as const),
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(city.trim() === '' ? {} : { city: city.trim() }),
    ...(cuisine.trim() === '' ? {} : { cuisine: cuisine.trim() }),
  };
  return useInfiniteQuery({
    queryKey: keys.restaurants(query),
    queryFn: ({ pageParam: offset, signal }) =>
      answer(
        api.GET('/api/registration-batches/restaurants', { params: { query: { ...query, offset } }, signal }),
      ),
    initialPageParam: 0,
    getNextPageParam: ({ pagination: { has_more: more, offset, limit } }) =>
      more ? offset + limit : undefined,
    placeholderData: keepPreviousData,
  });
}

type Chosen = ReadonlyMap<string, Restaurant>;

export function RestaurantPicker({
  chosen,
  onChoose,
}: {
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}) {
  const [filter, setFilter] = useState<Filter>({ search: '', city: '', cuisine: '', onlyFree: true });
  const found = useRestaurants(useDeferredValue(filter));
  const shown = useMemo(
    () => found.data?.pages.flatMap(({ restaurants }) => restaurants) ?? [],
    [found.data],
  );
  const total = found.data?.pages[0]?.total_count ?? 0;
  const change = (some: Partial<Filter>): void => setFilter({ ...filter, ...some });
  return (
    <Card isPadded={false}>
      <Tools filter={filter} change={change} />
      {found.error && !found.data ? (
        <ErrorPanel error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <Loading />
      ) : shown.length === 0 ? (
        <Nothing filter={filter} />
      ) : (
        <>
          <SelectAll shown={shown} chosen={chosen} onChoose={onChoose} />
          <Rows shown={shown} chosen={chosen} onChoose={onChoose} />
          <div className={styles['more']}>
            <span className="tabular">
              {shown.length} of {total} shown
            </span>
            {found.hasNextPage ? (
              <Button
                size="small"
                isPending={found.isFetchingNextPage}
                onPress={() => void found.fetchNextPage()}
              >
                Show more
              </Button>
            ) : null}
          </div>
        </>
      )}
    </Card>
  );
}

function Tools({ filter, change }: { filter: Filter; change: (some: Partial<Filter>) => void }) {
  return (
    <div role="search" aria-label="Restaurants">
      <div className={styles['tools']}>
        <SearchField
          label="Search restaurants by name"
          placeholder="Search by name"
          size="small"
          value={filter.search}
          onChange={(search) => change({ search })}
        />
        <TextField
          label="City"
          hidesLabel
          placeholder="Any city"
          size="small"
          value={filter.city}
          onChange={(city) => change({ city })}
        />
        <TextField
          label="Cuisine"
          hidesLabel
          placeholder="Any cuisine"
          size="small"
          value={filter.cuisine}
          onChange={(cuisine) => change({ cuisine })}
        />
      </div>
      <div className={styles['bar']}>
        <Switch isSelected={filter.onlyFree} onChange={(onlyFree) => change({ onlyFree })}>
          Only those that are in no batch
        </Switch>
      </div>
    </div>
  );
}

const isFree = ({ live_jobs: jobs }: Restaurant): boolean => jobs.length === 0;

function SelectAll({
  shown,
  chosen,
  onChoose,
}: {
  shown: readonly Restaurant[];
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}) {
  const free = shown.filter(isFree);
  const among = free.filter(({ id }) => chosen.has(id)).length;
  const toggle = (isSelected: boolean): void => {
    const next = new Map(chosen);
    for (const one of free) {
      if (!isSelected) next.delete(one.id);
      else if (next.size < MOST) next.set(one.id, one);
    }
    onChoose(next);
  };
  return (
    <div className={styles['bar']}>
      <Checkbox
        isSelected={free.length > 0 && among === free.length}
        isIndeterminate={among > 0 && among < free.length}
        isDisabled={free.length === 0}
        onChange={toggle}
      >
        Select all {free.length} shown
      </Checkbox>
      <span aria-live="polite" className="tabular">
        {chosen.size} chosen
      </span>
    </div>
  );
}

function Rows({
  shown,
  chosen,
  onChoose,
}: {
  shown: readonly Restaurant[];
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
}) {
  const select = (keys: Selection): void => {
    const known = new Map([...chosen, ...shown.map((one) => [one.id, one] as const)]);
    const wanted = keys === 'all' ? shown.filter(isFree).map(({ id }) => id) : [...keys].map(String);
    const kept = wanted.slice(0, MOST).flatMap((id) => {
      const one = known.get(id);
      return one ? [[id, one] as const] : [];
    });
    onChoose(new Map(kept));
  };
  return (
    <GridList
      aria-label="Restaurants"
      className={styles['list'] ?? ''}
      selectionMode="multiple"
      selectedKeys={new Set(chosen.keys())}
      onSelectionChange={select}
      disabledKeys={shown.filter((one) => !isFree(one)).map(({ id }) => id)}
      disabledBehavior="selection"
      items={shown}
    >
      {(restaurant) => <Row restaurant={restaurant} />}
    </GridList>
  );
}

function Row({ restaurant }: { restaurant: Restaurant }) {
  const [live] = restaurant.live_jobs;
  const [cuisine] = cuisinesOf(restaurant);
  return (
    <GridListItem id={restaurant.id} textValue={nameOf(restaurant)} className={styles['row'] ?? ''}>
      <Checkbox slot="selection" />
      <span className={styles['text']}>
        <span className={styles['name']}>{nameOf(restaurant)}</span>
        <span className={styles['place']}>{placeOf(restaurant)}</span>
      </span>
      <span className={styles['marks']}>
        {live ? <Link href={`/batches/${live.batch_job_id}`}>In a batch</Link> : null}
        {restaurant.menus.some(({ is_active: active }) => active) ? null : (
          <Pill tone="wait">No menu yet</Pill>
        )}
        {cuisine ? <Pill>{cuisine}</Pill> : null}
      </span>
    </GridListItem>
  );
}

function Loading() {
  return (
    <div role="status" aria-label="Loading restaurants">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className={styles['row']}>
          <Skeleton width="1.1rem" height="1.1rem" />
          <span className={styles['text']}>
            <Skeleton width={`${60 - 7 * row}%`} />
          </span>
        </div>
      ))}
    </div>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  if (filter.search || filter.city || filter.cuisine) {
    return (
      <EmptyState icon={<SearchX size={22} />} title="No restaurant is like this">
        Change what you search for
        {filter.onlyFree ? ', or look among those that are in a batch as well' : ''}.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<Store size={22} />} title="No restaurant is free">
      Restaurants come here when leads are converted.
    </EmptyState>
  );
}
