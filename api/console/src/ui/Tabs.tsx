import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import styles from './Tabs.module.css';

export interface TabSpec {
  id: string;
  label: string;
  icon?: ReactNode;
  /** A number behind the label; left out while it is not known. */
  count?: number | undefined;
}

/** `children` is the panel of the chosen tab. */
export function Tabs({
  label,
  tabs,
  selected,
  onSelect,
  children,
}: {
  label: string;
  tabs: readonly TabSpec[];
  selected: string;
  onSelect: (id: string) => void;
  children: ReactNode;
}) {
  return (
    <AriaTabs selectedKey={selected} onSelectionChange={(key) => onSelect(String(key))}>
      <TabList aria-label={label} className={styles['list'] ?? ''}>
        {tabs.map(({ id, label: text, icon, count }) => (
          <Tab key={id} id={id} className={styles['tab'] ?? ''}>
            {icon}
            {text}
            {count === undefined ? null : <span className={styles['count']}>{count}</span>}
          </Tab>
        ))}
      </TabList>
      <TabPanel key={selected} id={selected} className={styles['panel'] ?? ''}>
        {children}
      </TabPanel>
    </AriaTabs>
  );
}
