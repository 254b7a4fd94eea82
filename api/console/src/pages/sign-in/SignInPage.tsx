import { UserRound } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { useConfig } from '../../app/ConfigContext';
import { signInAs } from '../../auth/development';
import { signInWithPassword } from '../../auth/supabase';
import type { DevelopmentPerson } from '../../auth/config';
import icon from '../../icon.svg';
import { Button, Callout, TextField } from '../../ui';
import styles from './SignInPage.module.css';

/** @param reason Why one must sign in again. */
export default function SignInPage({ reason }: { reason: string | null }) {
  const { signIn } = useConfig();
  useEffect(() => {
    document.title = 'Sign in · Registrations';
  }, []);
  return (
    <main className={styles['page']}>
      <div className={styles['card']}>
        <div className={styles['brand']}>
          <img src={icon} alt="" />
          <div>
            <h1>Registrations</h1>
            <p className="muted">Operations console</p>
          </div>
        </div>
        {reason ? <Callout tone="wait">{reason}</Callout> : null}
        {signIn.mode === 'supabase' ? <PasswordForm /> : null}
        {signIn.mode === 'development' ? <People people={signIn.people} /> : null}
        {signIn.mode === 'unset' ? (
          <Callout tone="wait">
            Nobody can sign in here yet: the API's setting <code>SUPABASE_ANON_KEY</code> is not set.
          </Callout>
        ) : null}
      </div>
    </main>
  );
}

interface Attempt {
  isPending: boolean;
  error: string | null;
  run: (work: () => Promise<void>) => void;
}

function useAttempt(): Attempt {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = (work: () => Promise<void>): void => {
    setPending(true);
    setError(null);
    work()
      .catch((failure: unknown) => setError(failure instanceof Error ? failure.message : String(failure)))
      .finally(() => setPending(false));
  };
  return { isPending, error, run };
}

const Failure = ({ children }: { children: ReactNode }) => (
  <Callout tone="bad" isUrgent>
    {children}
  </Callout>
);

function PasswordForm() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { isPending, error, run } = useAttempt();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    run(() => signInWithPassword(email.trim(), password));
  };
  return (
    <form className={styles['form']} onSubmit={submit}>
      {error ? <Failure>{error}</Failure> : null}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        isRequired
        value={email}
        onChange={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        isRequired
        value={password}
        onChange={setPassword}
      />
      <Button type="submit" variant="primary" isPending={isPending}>
        Sign in
      </Button>
    </form>
  );
}

const ROLES: Record<DevelopmentPerson['role'], string> = {
  user: 'Operations staff',
  admin: 'Administrator',
  super_admin: 'Support: sees all organisations',
};

function People({ people }: { people: readonly DevelopmentPerson[] }) {
  const { isPending, error, run } = useAttempt();
  return (
    <>
      <Callout tone="wait">
        <strong>Development sign-in.</strong> This is the embedded stack on your own machine, with invented
        people and no passwords. An installation has Supabase Auth here.
      </Callout>
      {error ? <Failure>{error}</Failure> : null}
      <ul className={styles['people']} aria-label="Sign in as">
        {people.map(({ id, email, role }) => (
          <li key={id}>
            <AriaButton
              className={styles['person'] ?? ''}
              isDisabled={isPending}
              onPress={() => run(() => signInAs(id))}
            >
              <UserRound size={18} aria-hidden="true" />
              <span>
                <span className={styles['email']}>{email}</span>
                <span className={styles['role']}>{ROLES[role]}</span>
              </span>
            </AriaButton>
          </li>
        ))}
      </ul>
    </>
  );
}
