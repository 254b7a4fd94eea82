import type { ReactNode } from 'react';
import {
  Button as AriaButton,
  Link as AriaLink,
  type ButtonProps as AriaButtonProps,
  type LinkProps as AriaLinkProps,
} from 'react-aria-components';
import styles from './Button.module.css';
import { classes } from './classes';
import { Tooltip } from './Tooltip';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';

interface Look {
  variant?: Variant;
  size?: 'medium' | 'small';
}

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'>, Look {
  children: ReactNode;
}

const look = ({ variant = 'secondary', size = 'medium' }: Look, ...more: string[]): string =>
  classes(styles['button'], styles[variant], size === 'small' && styles['small'], ...more);

/** `isPending` keeps the focus, says so to screen readers, and takes no second press. */
export function Button({ variant, size, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={look({ ...(variant && { variant }), ...(size && { size }) })}>
      {props.isPending ? <span className={styles['spinner']} aria-hidden="true" /> : null}
      {children}
    </AriaButton>
  );
}

/** Looks like a button and leads to another page. */
export function ButtonLink({
  variant,
  size,
  children,
  ...props
}: Omit<AriaLinkProps, 'className' | 'style' | 'children'> & Look & { children: ReactNode }) {
  return (
    <AriaLink {...props} className={look({ ...(variant && { variant }), ...(size && { size }) })}>
      {children}
    </AriaLink>
  );
}

/** An icon alone; its label is read out, and shown to those who point at it or reach it by keyboard. */
export function IconButton({
  label,
  variant = 'ghost',
  size = 'medium',
  children,
  ...props
}: ButtonProps & { label: string }) {
  return (
    <Tooltip text={label}>
      <AriaButton {...props} aria-label={label} className={look({ variant, size }, styles['icon'] ?? '')}>
        {children}
      </AriaButton>
    </Tooltip>
  );
}

export function Spinner({ label }: { label?: string }) {
  return label === undefined ? (
    <span className={styles['spinner']} aria-hidden="true" />
  ) : (
    <span role="status" className="muted">
      <span className={styles['spinner']} aria-hidden="true" /> {label}
    </span>
  );
}
