/** How each status is told: one word, one tone, one icon. Colour never tells it alone. */
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  Hourglass,
  Link2Off,
  LoaderCircle,
  Pencil,
  RotateCw,
  UserRound,
  type LucideIcon,
} from 'lucide-react';
import type { BatchStatus, JobStatus, StepStatus, SubStepStatus } from '../api/types';

export type Tone = 'ok' | 'run' | 'wait' | 'bad' | 'idle';

export interface StatusLook {
  label: string;
  tone: Tone;
  icon: LucideIcon;
}

type AnyStatus = BatchStatus | JobStatus | StepStatus | SubStepStatus | 'paused' | 'gave_up' | 'queued';

const LOOKS: Record<AnyStatus, StatusLook> = {
  draft: { label: 'Draft', tone: 'idle', icon: Pencil },
  pending: { label: 'Not started', tone: 'idle', icon: CircleDashed },
  queued: { label: 'Queued', tone: 'idle', icon: Hourglass },
  in_progress: { label: 'Running', tone: 'run', icon: LoaderCircle },
  retrying: { label: 'Retrying', tone: 'run', icon: RotateCw },
  action_required: { label: 'Needs you', tone: 'wait', icon: UserRound },
  completed: { label: 'Completed', tone: 'ok', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleAlert },
  gave_up: { label: 'Given up', tone: 'bad', icon: Ban },
  skipped: { label: 'Skipped', tone: 'idle', icon: CircleSlash },
  blocked: { label: 'Blocked', tone: 'wait', icon: Link2Off },
  cancelled: { label: 'Cancelled', tone: 'idle', icon: Ban },
  paused: { label: 'Paused', tone: 'wait', icon: CirclePause },
};

export type { AnyStatus };

export function lookOf(status: AnyStatus): StatusLook {
  return LOOKS[status];
}
