/** One field of the settings: as its kind asks, marked as a default or as changed, with what is wrong beside it. */
import { Undo2 } from 'lucide-react';
import { IconButton, Pill, Select, Switch, TextField } from '../../ui';
import type { Field } from './fields';
import { HoursField } from './HoursField';
import { menuWords, useMenus } from './menus';
import styles from './Configuration.module.css';

export interface FieldInputProps {
  field: Field;
  /** What holds now: changed, or else the default. */
  value: unknown;
  isChanged: boolean;
  /** What holds unless it is changed was confirmed before, and is no default. */
  isConfirmed: boolean;
  error: string | undefined;
  restaurantId: string;
  onChange: (value: unknown) => void;
  onReset: () => void;
}

export function FieldInput(props: FieldInputProps) {
  const { field, value, error, isConfirmed, onChange } = props;
  const description =
    isConfirmed && field.kind === 'password' ? 'Left empty, it stays as it is.' : field.description;
  const around = {
    label: field.label,
    mark: <Mark {...props} />,
    ...(description !== undefined && { description }),
    error,
  };
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'switch':
      return <OnOff {...props} />;
    case 'select':
      return <Select {...around} options={field.options} value={text || null} onChange={onChange} />;
    case 'menu':
      return <MenuField {...props} around={around} />;
    case 'hours':
      return <HoursField around={around} value={value} onChange={onChange} />;
    case 'colour':
      return (
        <div className={styles['colour']}>
          <TextField {...around} value={text} onChange={onChange} placeholder="#1F2A30" maxLength={20} />
          <span className={styles['swatch']} style={{ background: text }} aria-hidden="true" />
        </div>
      );
    case 'list':
      return (
        <TextField
          {...around}
          value={Array.isArray(value) ? value.join(', ') : text}
          onChange={(next) =>
            onChange(
              next
                .split(',')
                .map((part) => part.trimStart())
                .filter((part, i, all) => part !== '' || i === all.length - 1),
            )
          }
        />
      );
    case 'password':
      return (
        <TextField
          {...around}
          type="password"
          autoComplete="new-password"
          value={text}
          onChange={onChange}
          maxLength={200}
        />
      );
    case 'email':
    case 'phone':
    case 'text':
      return (
        <TextField
          {...around}
          type={field.kind === 'email' ? 'email' : field.kind === 'phone' ? 'tel' : 'text'}
          value={text}
          onChange={onChange}
          maxLength={500}
        />
      );
  }
}

function Mark({ field, value, isChanged, isConfirmed, onReset }: FieldInputProps) {
  if (isChanged) {
    return (
      <span className={styles['mark']}>
        <Pill tone="run">Changed</Pill>
        <IconButton
          label={`${field.label}: back to ${isConfirmed ? 'what it was' : 'the default'}`}
          size="small"
          onPress={onReset}
        >
          <Undo2 size={13} aria-hidden="true" />
        </IconButton>
      </span>
    );
  }
  const isThere = value !== undefined && value !== null && value !== '';
  return isThere && !isConfirmed && field.kind !== 'password' ? (
    <span className={styles['default']}>Default</span>
  ) : null;
}

function OnOff(props: FieldInputProps) {
  const { field, value, error, onChange } = props;
  return (
    <div>
      <span className={styles['switch']}>
        <Switch isSelected={value !== false} onChange={onChange} hint={field.description}>
          {field.label}
        </Switch>
        {props.isChanged ? <Mark {...props} /> : null}
      </span>
      {error ? <p className={styles['error']}>{error}</p> : null}
    </div>
  );
}

function MenuField({
  restaurantId,
  value,
  onChange,
  around,
}: FieldInputProps & { around: { label: string; error: string | undefined } }) {
  const { data, isPending } = useMenus(restaurantId);
  const options = (data?.menus ?? []).map((menu) => ({
    id: menu.id,
    label: menuWords(menu),
    description: menu.is_active ? 'The active one' : undefined,
  }));
  const noMenu = !isPending && options.length === 0 ? 'This restaurant has no menu yet.' : undefined;
  return (
    <Select
      {...around}
      error={around.error ?? noMenu}
      options={options}
      value={typeof value === 'string' ? value : null}
      onChange={onChange}
      placeholder={isPending ? 'Loading' : 'Choose a menu'}
    />
  );
}
