/** A picture of where the time went, and the same as a table for those who cannot see it. */
import { useMemo, useState } from 'react';
import { Link } from 'react-aria-components';
import { Button, duration, lookOf, Switch, useNow } from '../../ui';
import { longestWaits, sharesOf, type Lane, type LongWait, type Span, type SpanKind } from './model';
import { scaleOf, ticksOf, type Scale } from './scale';
import styles from './Timeline.module.css';

const KINDS: Record<SpanKind, string> = {
  work: 'at work',
  turn: 'waiting for a turn',
  person: 'waiting for a person',
};

/** @param isLive Whether something still goes on. @param hrefOf Where a lane's name leads to. */
export function Timeline({
  title,
  lanes,
  isLive,
  hrefOf,
}: {
  title: string;
  lanes: readonly Lane[];
  isLive: boolean;
  hrefOf?: (lane: Lane) => string;
}) {
  return isLive ? (
    <Growing title={title} lanes={lanes} {...(hrefOf && { hrefOf })} />
  ) : (
    <Picture title={title} lanes={lanes} now={lastMoment(lanes)} {...(hrefOf && { hrefOf })} />
  );
}

type PictureProps = Omit<Parameters<typeof Timeline>[0], 'isLive'>;

const lastMoment = (lanes: readonly Lane[]): number =>
  Math.max(0, ...lanes.flatMap(({ spans }) => spans.map(({ from, to }) => to ?? from)));

function Growing(props: PictureProps) {
  const now = useNow();
  return <Picture {...props} now={now} />;
}

function Picture({ title, lanes, hrefOf, now }: PictureProps & { now: number }) {
  const [isShortened, setShortened] = useState(true);
  const [isTable, setTable] = useState(false);
  const shown = useMemo(() => lanes.filter(({ spans }) => spans.length > 0), [lanes]);
  const scale = useMemo(() => scaleOf(shown, now, isShortened), [shown, now, isShortened]);
  const couldShorten = useMemo(() => (scaleOf(shown, now, true)?.gaps.length ?? 0) > 0, [shown, now]);
  if (!scale) return <p className="muted">Nothing has begun yet.</p>;
  return (
    <div className={styles['timeline']}>
      <Summary lanes={shown} now={now} />
      <div className={styles['tools']}>
        <Legend />
        {couldShorten ? (
          <Switch isSelected={isShortened} onChange={setShortened}>
            Shorten long waits
          </Switch>
        ) : null}
        <Button size="small" variant="ghost" onPress={() => setTable(!isTable)}>
          {isTable ? 'Show the picture' : 'Show as a table'}
        </Button>
      </div>
      {isTable ? (
        <SpanTable title={title} lanes={shown} now={now} />
      ) : (
        <figure className={styles['figure']} aria-label={title}>
          <Axis scale={scale} />
          {shown.map((lane, i) => (
            <div key={lane.id} className={styles['lane']}>
              {shown[i - 1]?.group === lane.group ? null : <h2 className={styles['group']}>{lane.group}</h2>}
              <span className={styles['name']}>
                {hrefOf ? <Link href={hrefOf(lane)}>{lane.label}</Link> : lane.label}
              </span>
              <Track lane={lane} scale={scale} now={now} />
            </div>
          ))}
        </figure>
      )}
    </div>
  );
}

function Summary({ lanes, now }: { lanes: readonly Lane[]; now: number }) {
  const shares = sharesOf(lanes, now);
  const parts = (['work', 'turn', 'person'] as const).filter((kind) => shares[kind] >= 1_000);
  const waits = longestWaits(lanes, now);
  return (
    <div className={styles['summary']}>
      <p>
        {parts.length === 0
          ? 'It has only just begun.'
          : `${sentence(parts.map((kind) => `${duration(shares[kind])} ${KINDS[kind]}`))}.`}
      </p>
      {waits.length > 0 ? <p className="muted">Longest waits: {waits.map(waitWords).join('; ')}.</p> : null}
    </div>
  );
}

const waitWords = ({ lane, label, kind, ms }: LongWait): string =>
  `${lane}${label === lane || kind === 'turn' ? '' : `, ${label}`}: ${duration(ms)} ${KINDS[kind]}`;

const sentence = (parts: string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

const LEGEND = [
  { kind: 'work', tone: 'ok', words: 'done' },
  { kind: 'work', tone: 'run', words: 'running' },
  { kind: 'work', tone: 'bad', words: 'failed' },
  { kind: 'turn', tone: 'idle', words: KINDS.turn },
  { kind: 'person', tone: 'wait', words: KINDS.person },
] as const;

function Legend() {
  return (
    <ul className={styles['legend']}>
      {LEGEND.map(({ kind, tone, words }) => (
        <li key={words}>
          <span className={styles['key']} data-kind={kind} data-tone={tone} aria-hidden="true" />
          {words}
        </li>
      ))}
    </ul>
  );
}

function Axis({ scale }: { scale: Scale }) {
  return (
    <div className={styles['axis']} aria-hidden="true">
      <span />
      <span className={styles['ticks']}>
        {ticksOf(scale).map(({ place, ms }) => (
          <span
            key={ms}
            className={styles['tick']}
            data-at-end={place > 0.93 ? '' : undefined}
            style={{ left: `${100 * place}%` }}
          >
            {ms === 0 ? '0' : duration(ms)}
          </span>
        ))}
      </span>
    </div>
  );
}

function Track({ lane, scale, now }: { lane: Lane; scale: Scale; now: number }) {
  return (
    <span
      className={styles['track']}
      role="img"
      aria-label={lane.spans.map((span) => spanWords(span, now)).join('; ') || 'Nothing has begun'}
    >
      {scale.gaps.map((gap) => (
        <span
          key={gap.from}
          className={styles['gap']}
          style={{
            left: `${100 * scale.at(gap.from)}%`,
            width: `${100 * (scale.at(gap.to) - scale.at(gap.from))}%`,
          }}
        />
      ))}
      {lane.spans.map((span) => (
        <span
          key={`${span.kind}-${span.from}`}
          className={styles['bar']}
          data-kind={span.kind}
          data-tone={lookOf(span.status).tone}
          data-open={span.to === null ? '' : undefined}
          title={spanWords(span, now)}
          style={{
            left: `${100 * scale.at(span.from)}%`,
            width: `max(3px, ${100 * (scale.at(span.to ?? now) - scale.at(span.from))}%)`,
          }}
        />
      ))}
    </span>
  );
}

function spanWords({ kind, label, status, from, to }: Span, now: number): string {
  const long = duration((to ?? now) - from);
  if (kind === 'person') return `${label}: ${to === null ? 'waits' : 'waited'} for a person, ${long}`;
  if (kind === 'turn') return to === null ? `${label}, ${long} so far` : `Waited for its turn, ${long}`;
  return `${label}: ${lookOf(status).label.toLowerCase()}, ${long}`;
}

const clock = new Intl.DateTimeFormat('en-NZ', { dateStyle: 'short', timeStyle: 'medium' });

function SpanTable({ title, lanes, now }: { title: string; lanes: readonly Lane[]; now: number }) {
  return (
    <div className={styles['tableBox']} tabIndex={0} role="region" aria-label={title}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">How long</th>
          </tr>
        </thead>
        <tbody>
          {lanes.flatMap((lane) =>
            lane.spans.map((span) => (
              <tr key={`${lane.id}-${span.from}-${span.kind}`}>
                <th scope="row">{lane.label}</th>
                <td>{span.kind === 'work' ? lookOf(span.status).label : KINDS[span.kind]}</td>
                <td className="tabular">{clock.format(span.from)}</td>
                <td className="tabular">{span.to === null ? 'goes on' : clock.format(span.to)}</td>
                <td className="tabular">{duration((span.to ?? now) - span.from)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
