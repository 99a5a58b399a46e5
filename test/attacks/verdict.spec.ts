// Tests of the verdict of the attack suite, with made-up measurements and answers that each have one fault.
import {
  alarmOf,
  AT_THE_GATE,
  codeOf,
  faultsOf,
  isInternal,
  RULE,
  type Sample,
  Secrets,
  type Seen,
  timesOf,
  turnFaultsOf,
} from './verdict';

const samples = (...ms: number[]): Sample[] => ms.map((each, i) => ({ dueAt: i, ms: each }));
const steady = Array.from({ length: 500 }, () => 5);
const seen = (more: Partial<Seen> = {}): Seen => ({
  ...{ samples: samples(...steady), lagMs: 40, notReady: [], peakMb: 200 },
  ...more,
});
const quiet = seen();
const faults = (more: Partial<Seen>, before = quiet, rule = RULE) => faultsOf(seen(more), before, rule);

it('finds nothing wrong where nothing is', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ samples: samples(...steady, 199), peakMb: 399, lagMs: 999 })).toEqual([]);
});

it('reports others who waited once for long, or often for a while', () => {
  expect(faults({ samples: samples(...steady, 201) })).toEqual([expect.stringContaining('worst 201 ms')]);
  const slow = Array.from({ length: 10 }, () => 60);
  expect(faults({ samples: samples(...steady, ...slow) })).toEqual([expect.stringContaining('p99 60 ms')]);
});

it('measures a busy machine by its own quiet time, and by nothing else', () => {
  const busy = seen({ samples: samples(...steady, 90), lagMs: 400 });
  expect(faults({ samples: samples(...steady, 899), lagMs: 3_999 }, busy)).toEqual([]);
  expect(faults({ samples: samples(...steady, 901) }, busy)).toHaveLength(1);
  expect(faults({ lagMs: 4_001 }, busy)).toHaveLength(1);
});

it('reports others who were refused, and that nobody asked', () => {
  const refused = { ...samples(5)[0]!, failure: 'RATE_LIMITED' };
  expect(faults({ samples: [...samples(...steady), refused] })).toEqual([
    'others were refused 1 times: RATE_LIMITED',
  ]);
  expect(faults({ samples: [] })).toEqual([expect.stringContaining('nobody else asked')]);
});

it('reports changes that came late, a server that was not ready, and one that held too much', () => {
  expect(faults({ lagMs: 1_001 })).toEqual([expect.stringContaining('1001 ms to reach')]);
  expect(faults({ notReady: ['503 feed'] })).toEqual(['it was not ready 1 times: 503 feed']);
  expect(faults({ peakMb: 401 })).toEqual(['it held 401 MB']);
});

it('is milder at the gate, and still reports what stops a server', () => {
  const slow = { samples: samples(...steady, 1_999), lagMs: 4_999, peakMb: 999 };
  expect(faults(slow, quiet, AT_THE_GATE)).toEqual([]);
  expect(faults(slow)).toHaveLength(3);
  expect(faults({ samples: samples(...steady, 2_001) }, quiet, AT_THE_GATE)).toHaveLength(1);
});

it('reports others who wait for the turns of an attacker, whatever the machine', () => {
  const others = (ms: number) => ({ samples: samples(...steady.map(() => ms)) });
  const own = Array.from({ length: 50 }, () => 1_000);
  expect(turnFaultsOf(others(499), own)).toEqual([]);
  expect(turnFaultsOf(others(501), own)).toEqual([expect.stringContaining('501 ms, and he 1000 ms')]);
  expect(turnFaultsOf(others(501), own.slice(0, 9))).toEqual([]);
});

it('tells the usual from the worst', () => {
  expect(timesOf(samples(...Array.from({ length: 100 }, (_, i) => i)))).toEqual({
    ...{ count: 100, p50: 50, p99: 99, worst: 99 },
  });
  expect(timesOf([])).toEqual({ count: 0, p50: 0, p99: 0, worst: 0 });
});

it('knows an internal error in an answer and in the log', () => {
  expect(isInternal('{"errors":[{"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}')).toBe(true);
  expect(isInternal('{"errors":[{"extensions":{"code":"BAD_USER_INPUT"}}]}')).toBe(false);
  const line = { level: 50, msg: 'unhandled error in operation', err: { type: 'TypeError', message: 'x' } };
  expect(alarmOf(JSON.stringify({ ...line, reference: 'r' }))).toEqual({
    ...{ message: 'unhandled error in operation: TypeError: x', reference: 'r' },
  });
  expect(alarmOf(JSON.stringify({ ...line, level: 40 }))).toBeNull();
  expect(alarmOf('no JSON')).toBeNull();
  expect(codeOf(200, '{"data":{}}')).toBe('OK');
  expect(codeOf(413, '')).toBe('HTTP 413');
  expect(codeOf(400, '{"errors":[{"extensions":{"code":"BAD_USER_INPUT"}}]}')).toBe('BAD_USER_INPUT');
});

describe('personal values', () => {
  const secrets = new Secrets(
    ['Nguyễn Thị Mẫu', 'CB-00017', '1980-05-12', 'Võ Thị Sáu', 'An'],
    ['Phường Võ Thị Sáu'],
  );
  it.each([
    ['{"a":"Nguyễn Thị Mẫu"}', ['Nguyễn Thị Mẫu']],
    ['{"a":"do (Nguyễn Thị Mẫu), CB-00017 gửi"}', ['Nguyễn Thị Mẫu', 'CB-00017']],
    ['{"a":"Nguy\\u1ec5n Th\\u1ecb M\\u1eabu"}', ['Nguyễn Thị Mẫu']],
    ['{"a":"1980-05-12"}', ['1980-05-12']],
    ['{"a":"Phường Võ Thị Sáu","b":"An"}', []],
    ['{"a":"Nguyễn Thị","b":"Mẫu"}', []],
  ])('in %s', (answer, told) => {
    expect(secrets.toldIn(answer, '')).toEqual(told);
  });

  it('are not told by an echo of the question', () => {
    expect(secrets.toldIn('{"message":"no official CB-00017"}', 'official(code: "CB-00017")')).toEqual([]);
  });
});
