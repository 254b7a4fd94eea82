/** The parts of which pages are put together. */
import {
  ArrowLeft,
  ChevronLeft,
  ChevronRight,
  CircleAlert,
  CircleCheck,
  Info,
  TriangleAlert,
} from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-aria-components';
import { IconButton } from './Button';
import { classes } from './classes';
import styles from './Layout.module.css';
import type { Tone } from './status-looks';

export interface PageProps {
  /** Also the title of the browser's tab. */
  title: string;
  /** Beside the title, e.g. a StatusPill. */
  mark?: ReactNode;
  subtitle?: ReactNode;
  back?: { href: string; label: string };
  actions?: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

export function Page({ title, mark, subtitle, back, actions, isWide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Registrations`;
  }, [title]);
  return (
    <div className={classes(styles['page'], isWide && styles['widePage'])}>
      <header className={styles['head']}>
        <div className={styles['titles']}>
          {back ? (
            <Link href={back.href} className={styles['back'] ?? ''}>
              <ArrowLeft size={14} aria-hidden="true" />
              {back.label}
            </Link>
          ) : null}
          <div className={styles['title']}>
            <h1>{title}</h1>
            {mark}
          </div>
          {subtitle ? <div className={styles['subtitle']}>{subtitle}</div> : null}
        </div>
        {actions ? <div className={styles['actions']}>{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

/** @param title With one it has a heading; `actions` stand beside it. */
export function Card({
  title,
  actions,
  isPadded = true,
  children,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  isPadded?: boolean;
  children: ReactNode;
}) {
  return (
    <section className={styles['card']}>
      {title !== undefined ? (
        <div className={styles['cardHead']}>
          <h2>{title}</h2>
          {actions}
        </div>
      ) : null}
      <div className={isPadded ? styles['padded'] : undefined}>{children}</div>
    </section>
  );
}

const CALLOUT_ICONS = {
  ok: CircleCheck,
  run: Info,
  idle: Info,
  wait: TriangleAlert,
  bad: CircleAlert,
} as const;

/** Something that must be known here. @param isUrgent Read out at once by screen readers. */
export function Callout({
  tone = 'idle',
  isUrgent = false,
  actions,
  children,
}: {
  tone?: Tone;
  isUrgent?: boolean;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const Icon = CALLOUT_ICONS[tone];
  return (
    <div className={styles['callout']} data-tone={tone} role={isUrgent ? 'alert' : undefined}>
      <Icon size={17} aria-hidden="true" />
      <div className={styles['calloutBody']}>
        <div className={styles['calloutWords']}>{children}</div>
        {actions ? <div className={styles['calloutActions']}>{actions}</div> : null}
      </div>
    </div>
  );
}

export function EmptyState({
  icon,
  title,
  tone = 'idle',
  children,
  actions,
}: {
  icon: ReactNode;
  title: string;
  tone?: 'idle' | 'bad';
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles['empty']}>
      <span className={styles['emptyIcon']} data-tone={tone} aria-hidden="true">
        {icon}
      </span>
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {actions ? <div className={styles['actions']}>{actions}</div> : null}
    </div>
  );
}

/** Stands where something will stand. Sizes in CSS units. */
export function Skeleton({ width = '100%', height = '1rem' }: { width?: string; height?: string }) {
  return <span data-skeleton className={styles['skeleton']} style={{ width, height }} aria-hidden="true" />;
}

export interface Fact {
  label: string;
  value: ReactNode;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles['facts']}>
      {facts.map(({ label, value }) => (
        <div key={label} style={{ display: 'contents' }}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export interface PaginationProps {
  offset: number;
  limit: number;
  total: number;
  onOffset: (offset: number) => void;
}

export function Pagination({ offset, limit, total, onOffset }: PaginationProps) {
  if (total <= limit && offset === 0) return null;
  const last = Math.min(total, offset + limit);
  return (
    <nav className={styles['pagination']} aria-label="Pages">
      <span className="tabular">
        {offset + 1}–{last} of {total}
      </span>
      <span className={styles['actions']}>
        <IconButton
          label="Previous page"
          size="small"
          isDisabled={offset === 0}
          onPress={() => onOffset(Math.max(0, offset - limit))}
        >
          <ChevronLeft size={16} aria-hidden="true" />
        </IconButton>
        <IconButton
          label="Next page"
          size="small"
          isDisabled={last >= total}
          onPress={() => onOffset(offset + limit)}
        >
          <ChevronRight size={16} aria-hidden="true" />
        </IconButton>
      </span>
    </nav>
  );
}

export function Kbd({ children }: { children: string }) {
  return <kbd className={styles['kbd']}>{children}</kbd>;
}
