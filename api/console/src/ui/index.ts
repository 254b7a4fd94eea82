/** All that pages are made of. A page that needs something new adds it here, so that the next one finds it. */
export { Button, ButtonLink, IconButton, Spinner, type ButtonProps } from './Button';
export { classes } from './classes';
export { Dialog, type DialogProps } from './Dialog';
export { ErrorPanel } from './ErrorPanel';
export { FailureNote } from './FailureNote';
export {
  Checkbox,
  ComboBox,
  RadioGroup,
  SearchField,
  Select,
  Switch,
  TextArea,
  TextField,
  type Option,
  type TextFieldProps,
} from './Field';
export {
  Callout,
  Card,
  EmptyState,
  Facts,
  Kbd,
  Page,
  Pagination,
  Skeleton,
  type Fact,
  type PageProps,
} from './Layout';
export { isShortcut, isTyping, useKeyDown } from './keyboard';
export { Menu, type MenuEntry } from './Menu';
export { Pill, ProgressBar, StatusPill, StepDots, type BarPart, type StepDot } from './Status';
export { lookOf, type AnyStatus, type StatusLook, type Tone } from './status-looks';
export { Tabs, type TabSpec } from './Tabs';
export { Duration, RelativeTime, useNow } from './Time';
export { ago, duration, exactly } from './time-words';
export { notify } from './toast-queue';
export { Tooltip } from './Tooltip';
