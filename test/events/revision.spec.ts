// Revisions and the hashes of requests, for generated records and inputs.
import fc from 'fast-check';
import { GraphQLInputObjectType, GraphQLInt, GraphQLString } from 'graphql';
import { earlierHashes, requestHash } from '../../src/events/request-hash';
import { assertVersion, revise } from '../../src/events/revision';
import { holds } from '../support/generated';

const refusal = (code: string, field: string) =>
  expect.objectContaining({ entries: [expect.objectContaining({ code, path: [field] })] });

describe('a revision', () => {
  const value = fc.oneof(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 2 }), fc.constant(null));
  const record = fc.record({
    name: value,
    periods: value,
    list: fc.option(fc.array(fc.constantFrom('x', 'y'))),
  });
  const asked = fc.record(
    {
      name: fc.option(value, { nil: undefined }),
      periods: value,
      list: fc.option(fc.array(fc.constantFrom('x', 'y'))),
    },
    { requiredKeys: [] },
  );
  type Fields = Record<string, unknown>;
  const said = (fields: Fields) => Object.entries(fields).filter(([, each]) => each !== undefined);

  it('changes what it names and nothing else, and tells each change; the same again changes nothing', () => {
    holds(
      fc.property(record, asked, (current: Fields, wanted: Fields) => {
        const { columns, changes } = revise(current, wanted, []);
        const revised = { ...current, ...columns };
        expect(revised).toEqual({ ...current, ...Object.fromEntries(said(wanted)) });
        const text = (each: unknown) =>
          each === null || typeof each === 'string' ? each : JSON.stringify(each);
        const differing = said(wanted).filter(([field, to]) => text(to) !== text(current[field]));
        expect(changes).toEqual(
          differing.map(([field, to]) => ({ field, from: text(current[field]), to: text(to) })),
        );
        expect(Object.keys(columns)).toEqual(changes.map(({ field }) => field));
        expect(revise(revised, wanted, [])).toEqual({ columns: {}, changes: [] });
      }),
    );
  });

  it('is refused where it clears what must not be empty', () => {
    holds(
      fc.property(record, asked, (current: Fields, wanted: Fields) => {
        const clears = wanted.name === null && current.name !== null;
        const attempt = () => revise(current, wanted, ['name']);
        if (clears) expect(attempt).toThrow(refusal('INVALID', 'name') as never);
        else expect(attempt()).toEqual(revise(current, wanted, []));
      }),
    );
  });

  it('of a version is refused unless it is the present one', () => {
    const version = fc.integer({ min: 1, max: 3 });
    holds(
      fc.property(version, fc.option(version, { nil: undefined }), (current, read) => {
        const attempt = () => assertVersion({ version: current }, read);
        if (read === undefined || read === current) expect(attempt).not.toThrow();
        else expect(attempt).toThrow(refusal('STALE_VERSION', 'version') as never);
      }),
    );
  });
});

describe('the hash of a request', () => {
  const Inner = new GraphQLInputObjectType({
    name: 'Inner',
    fields: { code: { type: GraphQLString }, size: { type: GraphQLInt, defaultValue: 1 } },
  });
  const Outer = new GraphQLInputObjectType({
    name: 'Outer',
    fields: {
      note: { type: GraphQLString, defaultValue: '' },
      inner: { type: Inner },
      count: { type: GraphQLInt },
    },
  });
  const input = fc.record(
    {
      note: fc.constantFrom('', 'a', 'b'),
      inner: fc.record(
        { code: fc.constantFrom('x', 'y'), size: fc.integer({ min: 0, max: 2 }) },
        { requiredKeys: [] },
      ),
      count: fc.option(fc.integer({ min: 0, max: 2 })),
    },
    { requiredKeys: [] },
  );
  const reversed = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([name, each]) => [name, reversed(each)]),
        )
      : value;
  /** The input with every default said, and undefined for what is left out. */
  const whole = ({ note = '', inner, count }: { note?: string; inner?: object; count?: number | null }) => ({
    ...{ note, count },
    inner: inner && { code: undefined, size: 1, ...inner },
  });

  it('is the same for the same request, in any order of fields and with or without defaults, and for no other', () => {
    holds(
      fc.property(input, input, (a, b) => {
        const hash = (each: object) => requestHash('Payload', each, Outer);
        expect(hash(reversed(a) as object)).toBe(hash(a));
        expect(hash(JSON.parse(JSON.stringify(whole(a))) as object)).toBe(hash(a));
        const isSame =
          JSON.stringify(whole(a), ['note', 'inner', 'count', 'code', 'size']) ===
          JSON.stringify(whole(b), ['note', 'inner', 'count', 'code', 'size']);
        expect(hash(a) === hash(b)).toBe(isSame);
        expect(requestHash('Other', a, Outer)).not.toBe(hash(a));
      }),
    );
  });

  it('of earlier versions has the key where the client put it, or at the end', () => {
    holds(
      fc.property(input, fc.string(), (given, clientMutationId) => {
        const [asIs, atEnd] = earlierHashes('Payload', { clientMutationId, ...given });
        const [last] = earlierHashes('Payload', { ...given, clientMutationId });
        expect(atEnd).toBe(last);
        expect(asIs === atEnd).toBe(Object.keys(given).length === 0);
      }),
    );
  });
});
