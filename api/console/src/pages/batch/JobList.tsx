/** The restaurants of a batch. Only the rows in view are in the page, so a thousand cost what thirty do. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import type { Job } from '../../api/types';
import styles from './JobList.module.css';
import { JobRow } from './JobRow';

const ROW_PX = 56;

export function JobList({
  jobs,
  selected,
  onSelect,
}: {
  jobs: readonly Job[];
  selected: ReadonlySet<string>;
  onSelect: (id: string, isSelected: boolean) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtualizer = useWindowVirtualizer({
    count: jobs.length,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => jobs[index]?.id ?? index,
  });
  return (
    <div
      ref={list}
      role="list"
      aria-label="Restaurants"
      className={styles['list']}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const job = jobs[index];
        return job ? (
          <div
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            role="listitem"
            aria-setsize={jobs.length}
            aria-posinset={index + 1}
            className={styles['item']}
            style={{ transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
          >
            <JobRow job={job} isSelected={selected.has(job.id)} onSelect={onSelect} />
          </div>
        ) : null;
      })}
    </div>
  );
}
