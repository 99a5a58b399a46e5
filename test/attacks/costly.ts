// Attacks by allowed operations: every root field in its most expensive form, by each role (points 3 and 4).
import type { GraphQLField } from 'graphql';
import { Role } from '../../src/access/policy';
import { Line } from './client';
import { Dearest, type Form } from './dearest';
import type { Kind } from './documents';
import type { Attack, Operation, Stage, Who } from './stage';
import { Values } from './values';

const READERS: readonly Who[] = [
  Role.VIEWER,
  Role.ADMINISTRATOR,
  Role.UNIT_MANAGER,
  Role.OFFICIAL,
  Role.UNIVERSITY_REGISTRAR,
];
const WRITERS: readonly Who[] = [Role.ADMINISTRATOR, Role.UNIT_MANAGER, Role.UNIVERSITY_REGISTRAR];
const AT_A_TIME = 2;
const FOLLOWERS = 20;

type Field = GraphQLField<unknown, unknown>;

interface Turn {
  who: Who;
  field: Field;
  form: Form;
}

/** Each field by each role in each form; what all roles have in common comes first, in case time runs out. */
function turnsOf(stage: Stage, fields: Field[], roles: readonly Who[], forms: readonly Form[]): Turn[] {
  return roles.flatMap((who) =>
    stage.chance.shuffle(forms.flatMap((form) => fields.map((field) => ({ who, field, form })))),
  );
}

/** Makes each operation once; the roles ask the same. */
function maker(stage: Stage, kind: Kind): (turn: Turn) => Operation {
  const dearest = new Dearest(stage.schema, new Values(stage.chance, stage.pools, 0));
  const made = new Map<string, Operation>();
  return ({ field, form }) => {
    const key = `${field.name} ${form}`;
    const operation = made.get(key) ?? dearest.make(kind, field, form);
    made.set(key, operation);
    return operation;
  };
}

async function askAll(stage: Stage, kind: Kind, turns: Turn[]): Promise<void> {
  const operationOf = maker(stage, kind);
  let done = 0;
  await stage.flood(
    AT_A_TIME,
    async (place) => {
      const turn = turns[place]!;
      const operation = operationOf(turn);
      const caller = await stage.caller(turn.who);
      stage.note(`${turn.field.name} ${turn.form} by ${turn.who}`);
      await stage.ask(caller, operation);
      done += 1;
    },
    turns.length,
  );
  stage.remark = `${done} of ${turns.length} forms`;
}

const queries: Attack = {
  name: 'costly queries',
  why: 'every query in its most expensive allowed form, by each role, holds nobody up',
  share: 6,
  run: (stage) => {
    const fields = Object.values(stage.schema.getQueryType()!.getFields());
    return askAll(stage, 'query', turnsOf(stage, fields, READERS, ['wide', 'deep']));
  },
};

const writes: Attack = {
  name: 'costly mutations',
  why: 'every mutation with as much in it as is allowed, by each role that has any, holds nobody up',
  share: 3,
  run: (stage) => {
    const fields = Object.values(stage.schema.getMutationType()!.getFields());
    return askAll(stage, 'mutation', turnsOf(stage, fields, WRITERS, ['wide']));
  },
};

const subscriptions: Attack = {
  name: 'costly subscriptions',
  why: 'every subscription in its most expensive allowed form, many times, while changes come',
  share: 2,
  run: async (stage) => {
    const fields = Object.values(stage.schema.getSubscriptionType()!.getFields());
    const operationOf = maker(stage, 'subscription');
    const lines: Line[] = [];
    for (const who of [Role.VIEWER, Role.ADMINISTRATOR, Role.UNIT_MANAGER] as const) {
      for (const field of stage.chance.shuffle(fields)) {
        if (stage.timeIsUp) break;
        stage.note(`${field.name} by ${who}`);
        const line = await Line.open(stage.url, await stage.caller(who));
        const payload = operationOf({ who, field, form: 'deep' });
        for (let i = 0; i < FOLLOWERS; i++) line.send({ id: `c${i}`, type: 'subscribe', payload });
        stage.asked += FOLLOWERS;
        lines.push(line);
      }
    }
    await stage.rest();
    lines.forEach((line) => line.close());
  },
};

export const COSTLY: readonly Attack[] = [queries, writes, subscriptions];
