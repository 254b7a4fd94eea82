/** What was confirmed in step 5. Passwords are not among it: nothing that the API answers holds one. */
import { SlidersHorizontal } from 'lucide-react';
import type { JobDetail } from '../../api/types';
import { menuWords, useMenus } from '../../features/configuration/menus';
import { Card, EmptyState, Facts } from '../../ui';
import { settingSections } from './setting-sections';
import styles from './Settings.module.css';

export function Settings({ job }: { job: JobDetail }) {
  const { data } = useMenus(job.restaurant.id);
  const menus = new Map(data?.menus.map((menu) => [menu.id, menuWords(menu)]));
  const sections = settingSections(job.execution_config, menus);
  if (sections.length === 0) {
    return (
      <EmptyState icon={<SlidersHorizontal size={22} />} title="The settings were not confirmed yet">
        They are asked for in step 5.
      </EmptyState>
    );
  }
  return (
    <div className={styles['sections']}>
      {sections.map(({ title, facts }) => (
        <div key={title} className={styles['section']}>
          <Card title={title}>
            <Facts facts={facts.map(({ label, value }) => ({ label, value: <Value text={value} /> }))} />
          </Card>
        </div>
      ))}
    </div>
  );
}

function Value({ text }: { text: string }) {
  return (
    <span className={styles['value']}>
      {/^#[0-9a-f]{3,8}$/i.test(text) ? (
        <span className={styles['swatch']} style={{ background: text }} aria-hidden="true" />
      ) : null}
      {text}
    </span>
  );
}
