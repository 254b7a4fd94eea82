import type { ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem as AriaMenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { classes } from './classes';
import styles from './Popover.module.css';

export interface MenuEntry {
  id: string;
  label: string;
  icon?: ReactNode;
  /** E.g. why it cannot be done now. */
  description?: string | undefined;
  isDisabled?: boolean;
  isDangerous?: boolean;
  onAction: () => void;
}

/** @param trigger A Button or IconButton. */
export function Menu({
  trigger,
  entries,
  label,
}: {
  trigger: ReactNode;
  entries: readonly MenuEntry[];
  label: string;
}) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles['popover'] ?? ''} placement="bottom end">
        <AriaMenu className={styles['list'] ?? ''} aria-label={label}>
          {entries.map((entry) => (
            <AriaMenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              isDisabled={entry.isDisabled ?? false}
              onAction={entry.onAction}
              className={classes(styles['item'], entry.isDangerous && styles['danger'])}
            >
              {entry.icon}
              <span>
                {entry.label}
                {entry.description ? (
                  <span className={styles['description']}>{entry.description}</span>
                ) : null}
              </span>
            </AriaMenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
