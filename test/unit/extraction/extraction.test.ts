import { extractionStatus } from '../../../activities/extraction';
import type { ExtractionFacts } from '../../../activities/extraction/record';

const facts = (over: Partial<ExtractionFacts> = {}): ExtractionFacts => ({
  job: { type: 'premium', status: 'completed' },
  hasSource: true,
  hasColours: true,
  menuId: 'menu-1',
  ...over,
});
const job = (status: string, type = 'premium'): Pick<ExtractionFacts, 'job'> => ({ job: { type, status } });

describe('how the extractions stand', () => {
  it.each([
    ['completed, menu and colours there', facts(), 'ready', 'ready'],
    ['completed, the menu’s row is to come', facts({ menuId: null }), 'waiting', 'ready'],
    ['completed without colours', facts({ hasColours: false }), 'ready', 'failed'],
    [
      'a menu alone was extracted',
      facts({ ...job('completed', 'full_menu'), hasColours: false }),
      'ready',
      'not_applicable',
    ],
    ['pending', facts({ ...job('pending'), menuId: null, hasColours: false }), 'waiting', 'waiting'],
    ['in progress, colours there', facts({ ...job('in_progress'), menuId: null }), 'waiting', 'ready'],
    ['in progress again, with an older menu', facts(job('in_progress')), 'waiting', 'ready'],
    ['failed', facts({ ...job('failed'), menuId: null, hasColours: false }), 'failed', 'failed'],
    ['failed again, with an older menu', facts(job('failed')), 'failed', 'ready'],
    ['cancelled', facts({ ...job('cancelled'), menuId: null }), 'failed', 'ready'],
    ['a status that is not known', facts({ ...job('queued'), menuId: null }), 'waiting', 'ready'],
    ['no job yet', facts({ job: null, menuId: null, hasColours: false }), 'waiting', 'waiting'],
    ['no job, the menu came another way', facts({ job: null }), 'ready', 'ready'],
    [
      'nothing to extract from',
      facts({ job: null, hasSource: false, menuId: null, hasColours: false }),
      'not_applicable',
      'not_applicable',
    ],
    [
      'nothing to extract from, colours there',
      facts({ job: null, hasSource: false }),
      'not_applicable',
      'ready',
    ],
    ['a job without a source decides', facts({ ...job('failed'), hasSource: false }), 'failed', 'ready'],
  ])('%s', (_, given, menu, branding) => {
    const report = extractionStatus(given);
    expect(report).toMatchObject({ menu, branding, menuId: given.menuId });
    expect(report.summary).not.toBe('');
  });
});
