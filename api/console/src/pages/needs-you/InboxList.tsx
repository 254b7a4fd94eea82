import { CornerDownRight } from 'lucide-react';
import { Header, ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components';
import type { Choice } from '../../features/company/choose';
import { Pill, RelativeTime } from '../../ui';
import type { Group } from './inbox';
import styles from './NeedsYouPage.module.css';

/** It may have been opened from elsewhere, and stand far down. */
const intoView = (entry: HTMLElement | null): void => entry?.scrollIntoView({ block: 'nearest' });

/** What waits, by what is asked. One stop for Tab; arrows move in it. Each is read out as it is seen. */
export function InboxList({
  groups,
  shown,
  kept,
  onShow,
}: {
  groups: readonly Group[];
  shown: string | null;
  kept: ReadonlyMap<string, Choice>;
  onShow: (jobId: string) => void;
}) {
  return (
    <ListBox
      aria-label="What waits"
      className={styles['list'] ?? ''}
      selectionMode="single"
      selectionBehavior="replace"
      selectedKeys={shown === null ? [] : [shown]}
      onSelectionChange={(chosen) => {
        const [id] = chosen === 'all' ? [] : [...chosen];
        if (id !== undefined) onShow(String(id));
      }}
    >
      {groups.map(({ id, title, entries }) => (
        <ListBoxSection key={id} id={`group-${id}`}>
          <Header className={styles['group'] ?? ''}>
            {title} <span className="tabular">{entries.length}</span>
          </Header>
          {entries.map((entry) => (
            <ListBoxItem
              key={entry.job_id}
              id={entry.job_id}
              ref={entry.job_id === shown ? intoView : null}
              textValue={entry.restaurant.name ?? 'Restaurant'}
              className={styles['entry'] ?? ''}
            >
              <span className={styles['entryHead']}>
                <span className={styles['entryName']}>
                  {entry.restaurant.name ?? 'Restaurant without a name'}
                </span>
                {kept.has(entry.job_id) ? (
                  <Pill tone="run">
                    <CornerDownRight size={12} aria-hidden="true" /> Kept
                  </Pill>
                ) : null}
              </span>
              <span className={styles['entryFoot']}>
                <span className={styles['entryWords']}>
                  {id === 'failure'
                    ? entry.reason
                    : [entry.restaurant.city, entry.batch_name].filter(Boolean).join(' · ')}
                </span>
                <span className={styles['since']}>
                  <RelativeTime at={entry.since} />
                </span>
              </span>
            </ListBoxItem>
          ))}
        </ListBoxSection>
      ))}
    </ListBox>
  );
}
