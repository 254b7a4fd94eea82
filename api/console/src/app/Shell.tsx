/** Around every page: where one is, what waits, whether what is shown is true, and who is signed in. */
import { useQuery } from '@tanstack/react-query';
import { Check, Inbox, Layers, LogOut, Monitor, Moon, Sun, WifiOff } from 'lucide-react';
import { Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { answer, api } from '../api/client';
import { keys } from '../api/keys';
import { session } from '../auth/session';
import icon from '../icon.svg';
import { useConnection } from '../live/use-batch-stream';
import { IconButton, Menu, Page, RelativeTime, Skeleton } from '../ui';
import { Toasts } from '../ui/Toasts';
import styles from './Shell.module.css';
import { theme, type ThemeChoice } from './theme';

const WAITING_EVERY_MS = 10_000;

export function Shell() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // Its promise, in newer browsers, is no clean-up.
    void window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className={styles['shell']}>
      <a
        className={styles['skip']}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <aside className={styles['side']} aria-label="Console">
        <NavLink to="/" className={styles['brand'] ?? ''} aria-label="Registrations">
          <img src={icon} alt="" />
          <span className={styles['brandName']}>Registrations</span>
        </NavLink>
        <nav className={styles['nav']} aria-label="Pages">
          <NavLink to="/" end className={styles['link'] ?? ''}>
            <Layers size={16} aria-hidden="true" />
            Batches
          </NavLink>
          <NavLink to="/needs-you" className={styles['link'] ?? ''}>
            <Inbox size={16} aria-hidden="true" />
            Needs you
            <WaitingCount />
          </NavLink>
        </nav>
        <Foot />
      </aside>
      <main id="main" ref={main} tabIndex={-1} className={styles['main']}>
        <ConnectionBanner />
        <Suspense fallback={<LoadingPage />}>
          <Outlet />
        </Suspense>
      </main>
      <Toasts />
    </div>
  );
}

export function LoadingPage() {
  return (
    <Page title="Loading">
      <Skeleton height="2.5rem" />
      <Skeleton height="8rem" />
      <Skeleton height="8rem" />
    </Page>
  );
}

/** How much waits for a person, of all batches. */
function WaitingCount() {
  const { data } = useQuery({
    queryKey: [...keys.waiting, 'count'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/registration-batches/action-required', { params: { query: { limit: 1 } }, signal }),
      ),
    refetchInterval: WAITING_EVERY_MS,
  });
  const count = data?.total_count ?? 0;
  if (count === 0) return null;
  return (
    <span className={styles['badge']}>
      {count}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}

function ConnectionBanner() {
  const state = useConnection();
  return (
    <div role="status">
      {state.state === 'lost' ? (
        <div className={styles['banner']}>
          <WifiOff size={15} aria-hidden="true" />
          <span>
            The connection is lost. What you see is from{' '}
            <RelativeTime at={new Date(state.since).toISOString()} />; it catches up by itself.
          </span>
        </div>
      ) : null}
    </div>
  );
}

const THEMES: readonly { id: ThemeChoice; label: string; icon: typeof Sun }[] = [
  { id: 'system', label: 'As the system', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
];

function Foot() {
  const choice = useSyncExternalStore(theme.subscribe, theme.get);
  const state = useSyncExternalStore(session.subscribe, session.current);
  const Icon = THEMES.find(({ id }) => id === choice)?.icon ?? Monitor;
  return (
    <div className={styles['foot']}>
      <span className={styles['who']} title={state.status === 'in' ? state.person.email : undefined}>
        {state.status === 'in' ? state.person.email : ''}
      </span>
      <Menu
        label="Light or dark"
        trigger={
          <IconButton label="Light or dark" size="small">
            <Icon size={16} aria-hidden="true" />
          </IconButton>
        }
        entries={THEMES.map(({ id, label, icon: Entry }) => ({
          id,
          label: id === choice ? `${label} (chosen)` : label,
          icon:
            id === choice ? <Check size={15} aria-hidden="true" /> : <Entry size={15} aria-hidden="true" />,
          onAction: () => theme.choose(id),
        }))}
      />
      <IconButton label="Sign out" size="small" onPress={() => void session.signOut()}>
        <LogOut size={16} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
