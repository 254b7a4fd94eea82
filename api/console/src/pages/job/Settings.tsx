/** What was confirmed in step 5. Passwords are not among it: nothing that the API answers holds one. */
import { SlidersHorizontal } from 'lucide-react';
import type { JobDetail } from '../../api/types';
import { Card, EmptyState, Facts } from '../../ui';
import { settingSections } from './setting-sections';
import styles from './Settings.module.css';

export function Settings({ job }: { job: JobDetail }) {
  const sections = settingSections(job.execution_config);
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
            <Facts facts={facts} />
          </Card>
        </div>
      ))}
    </div>
  );
}
