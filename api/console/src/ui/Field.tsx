/** What people fill in. Each has a visible label, and says beside itself what is wrong with it. */
import { Check, ChevronDown, Minus, Search, X } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Checkbox as AriaCheckbox,
  ComboBox as AriaComboBox,
  FieldError,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup as AriaRadioGroup,
  SearchField as AriaSearchField,
  Select as AriaSelect,
  SelectValue,
  Switch as AriaSwitch,
  Text,
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  type CheckboxProps,
  type RadioGroupProps,
  type SearchFieldProps,
  type SwitchProps,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { classes } from './classes';
import styles from './Field.module.css';
import popover from './Popover.module.css';

interface Around {
  label: string;
  /** Beside the label, e.g. a mark that the value is a default. */
  mark?: ReactNode;
  description?: ReactNode;
  /** Shown, and the field marked as invalid, while it is there. */
  error?: string | null | undefined;
  size?: 'medium' | 'small';
  /** For those whose meaning their place tells; it is read out all the same. */
  hidesLabel?: boolean;
}

const fieldClass = ({ size }: Pick<Around, 'size'>): string =>
  classes(styles['field'], size === 'small' && styles['small']);

function FieldLabel({ label, mark, hidesLabel }: Pick<Around, 'label' | 'mark' | 'hidesLabel'>) {
  if (hidesLabel) return <Label className="visually-hidden">{label}</Label>;
  return (
    <span className={styles['label']}>
      <Label>{label}</Label>
      {mark}
    </span>
  );
}

function FieldNotes({ description, error }: Pick<Around, 'description' | 'error'>) {
  return (
    <>
      {description ? (
        <Text slot="description" className={styles['description'] ?? ''}>
          {description}
        </Text>
      ) : null}
      <FieldError className={styles['error'] ?? ''}>{error ?? undefined}</FieldError>
    </>
  );
}

const invalid = (error: Around['error']): boolean => typeof error === 'string' && error !== '';

type Own = 'className' | 'style' | 'children' | 'isInvalid';

export type TextFieldProps = Omit<AriaTextFieldProps, Own> & Around & { placeholder?: string };

export function TextField({
  label,
  mark,
  description,
  error,
  size,
  hidesLabel,
  placeholder,
  ...props
}: TextFieldProps) {
  return (
    <AriaTextField {...props} isInvalid={invalid(error)} className={fieldClass({ ...(size && { size }) })}>
      <FieldLabel label={label} mark={mark} hidesLabel={hidesLabel ?? false} />
      <Input className={styles['control'] ?? ''} {...(placeholder !== undefined && { placeholder })} />
      <FieldNotes description={description} error={error} />
    </AriaTextField>
  );
}

export function TextArea({
  label,
  mark,
  description,
  error,
  size,
  hidesLabel,
  placeholder,
  rows = 3,
  ...props
}: TextFieldProps & { rows?: number }) {
  return (
    <AriaTextField {...props} isInvalid={invalid(error)} className={fieldClass({ ...(size && { size }) })}>
      <FieldLabel label={label} mark={mark} hidesLabel={hidesLabel ?? false} />
      <AriaTextArea
        rows={rows}
        className={styles['control'] ?? ''}
        {...(placeholder !== undefined && { placeholder })}
      />
      <FieldNotes description={description} error={error} />
    </AriaTextField>
  );
}

export function SearchField({
  label,
  hidesLabel = true,
  size,
  placeholder,
  ...props
}: Omit<SearchFieldProps, Own> & Pick<Around, 'label' | 'hidesLabel' | 'size'> & { placeholder?: string }) {
  return (
    <AriaSearchField {...props} className={fieldClass({ ...(size && { size }) })}>
      <FieldLabel label={label} hidesLabel={hidesLabel} />
      <Group className={styles['group'] ?? ''}>
        <Search size={15} aria-hidden="true" />
        <Input className={styles['inner'] ?? ''} {...(placeholder !== undefined && { placeholder })} />
        <Button className={styles['clear'] ?? ''} aria-label="Clear">
          <X size={14} aria-hidden="true" />
        </Button>
      </Group>
    </AriaSearchField>
  );
}

export interface Option {
  id: string;
  label: string;
  description?: string | undefined;
}

interface Choosing extends Around {
  options: readonly Option[];
  /** Null: nothing is chosen. */
  value: string | null;
  onChange: (id: string) => void;
  placeholder?: string;
  isDisabled?: boolean;
  isRequired?: boolean;
  name?: string;
}

function Options({ options }: { options: readonly Option[] }) {
  return (
    <ListBox
      className={popover['list'] ?? ''}
      items={options}
      renderEmptyState={() => <div className={popover['empty']}>Nothing matches.</div>}
    >
      {(option) => (
        <ListBoxItem id={option.id} textValue={option.label} className={popover['item'] ?? ''}>
          <span>
            {option.label}
            {option.description ? <span className={popover['description']}>{option.description}</span> : null}
          </span>
          <Check size={15} className={popover['check']} aria-hidden="true" />
        </ListBoxItem>
      )}
    </ListBox>
  );
}

export function Select({
  label,
  mark,
  description,
  error,
  size,
  hidesLabel,
  options,
  value,
  onChange,
  placeholder,
  ...props
}: Choosing) {
  return (
    <AriaSelect
      {...props}
      isInvalid={invalid(error)}
      className={fieldClass({ ...(size && { size }) })}
      value={value}
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      {...(placeholder !== undefined && { placeholder })}
    >
      <FieldLabel label={label} mark={mark} hidesLabel={hidesLabel ?? false} />
      <Button className={styles['select'] ?? ''}>
        <SelectValue className={styles['value'] ?? ''}>
          {({ selectedText, defaultChildren }) => selectedText || defaultChildren}
        </SelectValue>
        <ChevronDown size={15} aria-hidden="true" />
      </Button>
      <FieldNotes description={description} error={error} />
      <Popover className={popover['popover'] ?? ''} offset={4}>
        <Options options={options} />
      </Popover>
    </AriaSelect>
  );
}

/** A select that can be searched by typing. */
export function ComboBox({
  label,
  mark,
  description,
  error,
  size,
  hidesLabel,
  options,
  value,
  onChange,
  placeholder,
  ...props
}: Choosing) {
  return (
    <AriaComboBox
      {...props}
      isInvalid={invalid(error)}
      className={fieldClass({ ...(size && { size }) })}
      defaultItems={options}
      value={value}
      onChange={(key) => {
        if (key !== null) onChange(String(key));
      }}
      menuTrigger="focus"
    >
      <FieldLabel label={label} mark={mark} hidesLabel={hidesLabel ?? false} />
      <Group className={styles['group'] ?? ''}>
        <Input className={styles['inner'] ?? ''} {...(placeholder !== undefined && { placeholder })} />
        <Button className={styles['clear'] ?? ''}>
          <ChevronDown size={15} aria-hidden="true" />
        </Button>
      </Group>
      <FieldNotes description={description} error={error} />
      <Popover className={popover['popover'] ?? ''} offset={4}>
        <Options options={options} />
      </Popover>
    </AriaComboBox>
  );
}

/** Without children it needs an `aria-label`. */
export function Checkbox({
  children,
  hint,
  ...props
}: Omit<CheckboxProps, 'className' | 'style' | 'children'> & { children?: ReactNode; hint?: ReactNode }) {
  return (
    <AriaCheckbox {...props} className={styles['choice'] ?? ''}>
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className={styles['box']}>
            {isIndeterminate ? (
              <Minus size={13} strokeWidth={3} aria-hidden="true" />
            ) : isSelected ? (
              <Check size={13} strokeWidth={3} aria-hidden="true" />
            ) : null}
          </span>
          {children ? (
            <span>
              {children}
              {hint ? <span className={styles['hint']}>{hint}</span> : null}
            </span>
          ) : null}
        </>
      )}
    </AriaCheckbox>
  );
}

export function Switch({
  children,
  hint,
  ...props
}: Omit<SwitchProps, 'className' | 'style' | 'children'> & { children: ReactNode; hint?: ReactNode }) {
  return (
    <AriaSwitch {...props} className={styles['choice'] ?? ''}>
      <span className={styles['track']}>
        <span className={styles['thumb']} />
      </span>
      <span>
        {children}
        {hint ? <span className={styles['hint']}>{hint}</span> : null}
      </span>
    </AriaSwitch>
  );
}

export interface RadioOption {
  id: string;
  label: ReactNode;
  description?: ReactNode;
}

/** @param asCards Each in a frame of its own, for choices of which there is much to say. */
export function RadioGroup({
  label,
  mark,
  description,
  error,
  hidesLabel,
  options,
  asCards = false,
  ...props
}: Omit<RadioGroupProps, Own> &
  Omit<Around, 'size'> & { options: readonly RadioOption[]; asCards?: boolean }) {
  return (
    <AriaRadioGroup {...props} isInvalid={invalid(error)} className={styles['field'] ?? ''}>
      <FieldLabel label={label} mark={mark} hidesLabel={hidesLabel ?? false} />
      <div className={classes(styles['choices'], asCards && styles['cards'])}>
        {options.map((option) => (
          <Radio key={option.id} value={option.id} className={styles['choice'] ?? ''}>
            <span className={styles['dot']} />
            <span>
              {option.label}
              {option.description ? <span className={styles['hint']}>{option.description}</span> : null}
            </span>
          </Radio>
        ))}
      </div>
      <FieldNotes description={description} error={error} />
    </AriaRadioGroup>
  );
}
