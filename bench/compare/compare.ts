/** A whole comparison: rounds of all candidates, one at a time. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from '../../dev/stack/errors';
import { Guard } from '../../dev/stack/guard';
import type { Candidate } from './candidate';
import { loadCandidate, type CandidateName } from './candidates';
import { Deployed } from './deployed';
import { measureReaction, measureRecovery, measureThroughput } from './measures';
import type { CompareOptions } from './options';
import { machine, type CandidateReport, type CompareReport } from './report';
import { World } from './world';

/** Not measured: compiled code is faster than code that runs for the first time. */
const WARM_UP = 10;
const REACTION_RESTAURANTS = 8;
const RECOVERY_RESTAURANTS = 30;
const RECOVERY_CALL_MS = 250;

type Say = (line: string) => void;

/** Ends what it started, however it ends. A candidate that fails is reported with the reason, and the others go on. */
export async function compare(
  options: CompareOptions,
  signal: AbortSignal,
  say: Say,
): Promise<CompareReport> {
  const began = Date.now();
  const dir = mkdtempSync(path.join(tmpdir(), 'registration-compare-'));
  // PostgreSQL runs as a user of its own when we are root.
  chmodSync(dir, 0o711);
  const guard = await Guard.start();
  const world = await World.start(dir, signal);
  try {
    const candidates = enter(options.only, say);
    for (let round = 1; round <= options.repeat; round += 1)
      for (const entry of candidates) {
        signal.throwIfAborted();
        await runRound(entry, { world, guard, round, options, say });
      }
    return {
      at: new Date(began).toISOString(),
      machine: machine(),
      minutes: (Date.now() - began) / 60_000,
      options: { restaurants: options.restaurants, repeat: options.repeat },
      candidates: candidates.map(({ report }) => report),
    };
  } finally {
    await world.stop();
    await guard.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Entry {
  candidate: Candidate;
  report: CandidateReport;
}

function enter(names: readonly CandidateName[], say: Say): Entry[] {
  const entries: Entry[] = [];
  for (const name of names) {
    const candidate = loadCandidate(name);
    const reason = candidate.unavailable();
    if (reason !== null) say(`${name} is left out: ${reason}`);
    entries.push({
      candidate,
      report: {
        name,
        label: candidate.label,
        ...(reason === null ? {} : { unavailable: reason }),
        throughput: [],
        reaction: [],
      },
    });
  }
  return entries;
}

interface Round {
  world: World;
  guard: Guard;
  round: number;
  options: CompareOptions;
  say: Say;
}

/** Rounds go around, so that a noisy minute of the machine does not hit one candidate alone. */
async function runRound(
  { candidate, report }: Entry,
  { world, guard, round, options, say }: Round,
): Promise<void> {
  if (report.unavailable !== undefined || report.trouble !== undefined) return;
  const tell = (line: string): void => say(`round ${round}, ${report.name}: ${line}`);
  let deployed: Deployed | null = null;
  try {
    deployed = await Deployed.start(candidate, world, guard);
    await measureThroughput(world, deployed, WARM_UP);
    const throughput = await measureThroughput(world, deployed, options.restaurants);
    report.throughput.push(throughput);
    tell(
      `${throughput.perSecond.toFixed(1)} registrations a second (load ${(loadavg()[0] ?? 0).toFixed(1)})`,
    );
    report.reaction.push(await measureReaction(world, deployed, REACTION_RESTAURANTS));
    if (round === options.repeat) {
      tell('its worker is killed');
      report.recovery = await measureRecovery(candidate, world, deployed, {
        restaurants: Math.min(RECOVERY_RESTAURANTS, options.restaurants),
        callMs: RECOVERY_CALL_MS,
      });
    }
  } catch (error) {
    report.trouble = describe(error);
    tell(report.trouble);
  } finally {
    await deployed?.stop();
  }
}
