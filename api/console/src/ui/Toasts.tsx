import { CircleAlert, CircleCheck, Info, X } from 'lucide-react';
import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components';
import buttons from './Button.module.css';
import { classes } from './classes';
import styles from './Toasts.module.css';
import { toasts } from './toast-queue';

const ICONS = { ok: CircleCheck, bad: CircleAlert, run: Info } as const;

export function Toasts() {
  return (
    <ToastRegion queue={toasts} className={styles['region'] ?? ''} aria-label="Notes">
      {({ toast }) => {
        const Icon = ICONS[toast.content.tone];
        return (
          <Toast toast={toast} className={styles['toast'] ?? ''} data-tone={toast.content.tone}>
            <Icon size={17} aria-hidden="true" />
            <ToastContent className={styles['text'] ?? ''}>
              <Text slot="title">{toast.content.text}</Text>
            </ToastContent>
            <Button
              slot="close"
              aria-label="Close"
              className={classes(buttons['button'], buttons['ghost'], buttons['icon'], buttons['small'])}
            >
              <X size={14} aria-hidden="true" />
            </Button>
          </Toast>
        );
      }}
    </ToastRegion>
  );
}
