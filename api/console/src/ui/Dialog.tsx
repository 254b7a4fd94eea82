import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { IconButton } from './Button';
import { classes } from './classes';
import styles from './Dialog.module.css';

export interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Buttons, the one that acts last. */
  actions?: ReactNode;
  size?: 'medium' | 'wide';
  /** For questions that must be answered: no click beside it closes it. */
  isAlert?: boolean;
}

/** Takes the focus, gives it back, closes with Escape. */
export function Dialog({ title, isOpen, onClose, children, actions, size, isAlert = false }: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable={!isAlert}
      className={styles['backdrop'] ?? ''}
    >
      <Modal className={classes(styles['modal'], size === 'wide' && styles['wide'])}>
        <AriaDialog className={styles['dialog'] ?? ''} role={isAlert ? 'alertdialog' : 'dialog'}>
          <div className={styles['head']}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label="Close" size="small" onPress={onClose}>
              <X size={16} aria-hidden="true" />
            </IconButton>
          </div>
          <div className={styles['body']}>{children}</div>
          {actions ? <div className={styles['foot']}>{actions}</div> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
