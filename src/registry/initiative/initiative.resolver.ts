// GraphQL fields of initiatives: lists, figures and mutations.
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { May } from '../../access/gate';
import type { Context } from '../../operation/context';
import { listFields } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import type { Listing } from '../../graphql/page';
import { type Batch, grouped } from '../../graphql/reader';
import { all, isIn, type Said } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { ofCohorts } from '../cohort/cohort.reads';
import { Enrolment } from '../cohort/enrolment.entity';
import { Graduate } from '../graduate/graduate.entity';
import { findGraduate } from '../graduate/graduate.reads';
import { Programme } from '../programme/programme.entity';
import { Unit } from '../unit/unit.entity';
import { ofUnit, ofUnits } from '../unit/unit.reads';
import { University } from '../university/university.entity';
import { followUpFigures, NO_KEY } from './follow-up.figures';
import { applyInitiative, proposeInitiative, rejectInitiative, studyInitiative } from './initiative.actions';
import { Initiative, InitiativeAuthor, InitiativeStatus } from './initiative.entity';
import {
  ApplyInitiativeInput,
  InitiativeConnection,
  type InitiativeCounts,
  InitiativeDimension,
  InitiativeFigures,
  InitiativeArgs,
  InitiativeFilter,
  InitiativeGroup,
  ProposeInitiativeInput,
  RejectInitiativeInput,
  StudyInitiativeInput,
} from './initiative.input';

const initiatives: Listing<Initiative, InitiativeFilter> = {
  entity: Initiative,
  alias: 'initiative',
  orders: { PROPOSED_ON: ['proposedOn'] },
  usual: { field: 'PROPOSED_ON', direction: 'DESC' },
  narrow,
};
const initiativeLists = listFields(initiatives, InitiativeConnection, InitiativeArgs);

function narrow({
  statuses,
  cohortIds,
  programmeIds,
  universityIds,
  unitIds,
  ...filter
}: InitiativeFilter): Said[] {
  return [
    statuses && isIn('initiative.status', statuses),
    cohortIds && isIn('initiative.cohortId', cohortIds),
    programmeIds && ofCohorts('initiative.cohortId', isIn('programme_id', programmeIds)),
    universityIds && ofCohorts('initiative.cohortId', isIn('university_id', universityIds)),
    unitIds && ofUnits('initiative.unitId', { ...filter, unitIds }),
  ];
}

const KEYS: Record<InitiativeDimension, string> = {
  [InitiativeDimension.COHORT]: 'initiative.cohortId',
  [InitiativeDimension.PROGRAMME]: 'cohort.programmeId',
  [InitiativeDimension.UNIVERSITY]: 'cohort.universityId',
  [InitiativeDimension.UNIT]: 'initiative.unitId',
};

const COUNTED: Record<InitiativeStatus, Exclude<keyof InitiativeCounts, 'total' | 'followUps'>> = {
  [InitiativeStatus.PROPOSED]: 'proposed',
  [InitiativeStatus.UNDER_STUDY]: 'underStudy',
  [InitiativeStatus.APPLIED]: 'applied',
  [InitiativeStatus.REJECTED]: 'rejected',
};

interface Counted {
  key: string | null;
  status: InitiativeStatus;
  count: number | string;
}

function sum<C extends InitiativeCounts>(into: C, rows: Counted[]): C {
  Object.assign(into, { total: 0, proposed: 0, underStudy: 0, applied: 0, rejected: 0 });
  for (const { status, count } of rows) {
    into[COUNTED[status]] += Number(count);
    into.total += Number(count);
  }
  return into;
}

const authorsOf: Batch<string[]> = async (manager, ids) => {
  const rows = await manager
    .createQueryBuilder(InitiativeAuthor, 'author')
    .where('author.initiativeId IN (:...ids)', { ids })
    .orderBy('author.enrolmentId')
    .getMany();
  const byInitiative = grouped(rows, ({ initiativeId }) => initiativeId);
  return new Map([...byInitiative].map(([id, own]) => [id, own.map(({ enrolmentId }) => enrolmentId)]));
};

@Resolver(() => Initiative)
export class InitiativeResolver {
  @May('initiative.read')
  @Query(() => InitiativeFigures, {
    complexity: 400,
    description: 'Counts of initiatives by state, and of follow-ups (số liệu sáng kiến).',
  })
  async initiativeFigures(
    @Arg('filter', () => InitiativeFilter, { nullable: true, description: 'Which initiatives (bộ lọc).' })
    filter: InitiativeFilter | null,
    @Arg('groupBy', () => InitiativeDimension, {
      nullable: true,
      description: 'Broken down by (phân tổ).',
    })
    groupBy: InitiativeDimension | null,
    @Ctx() ctx: Context,
  ): Promise<InitiativeFigures> {
    const key = groupBy ? KEYS[groupBy] : 'NULL';
    const rows = await ctx.reader.read((manager) => {
      const query = manager
        .createQueryBuilder(Initiative, 'initiative')
        .innerJoin(Cohort, 'cohort', 'cohort.id = initiative.cohortId')
        .select(key, 'key')
        .addSelect('initiative.status', 'status')
        .addSelect('COUNT(*)', 'count')
        .groupBy('initiative.status');
      if (groupBy) query.addGroupBy(key);
      query.andWhere(...all(narrow(filter ?? {})).named());
      return query.getRawMany<Counted>();
    });
    const answers = await followUpFigures(ctx, filter, groupBy);
    const byKey = groupBy ? grouped(rows, (row) => row.key ?? NO_KEY) : new Map<string, Counted[]>();
    const groups = [...new Set([...byKey.keys(), ...answers.keys])].map((id) =>
      sum(
        Object.assign(new InitiativeGroup(), {
          key: id,
          dimension: groupBy!,
          followUps: answers.group(id),
        }),
        byKey.get(id) ?? [],
      ),
    );
    groups.sort((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1));
    return sum(Object.assign(new InitiativeFigures(), { groups, followUps: answers.whole }), rows);
  }

  @FieldResolver(() => [Enrolment], {
    description: 'The enrolments of its authors, those within your reach (tác giả).',
  })
  async authors(@Root() initiative: Initiative, @Ctx() ctx: Context): Promise<Enrolment[]> {
    const ids = (await ctx.reader.load(authorsOf, initiative.id)) ?? [];
    const seen = await Promise.all(ids.map((id) => ctx.findShown(Enrolment, id)));
    return seen.filter((each) => each !== null);
  }

  @FieldResolver(() => Graduate, {
    nullable: true,
    description: 'The graduate from whose thesis it comes; null if hidden from you (luận văn, đề án).',
  })
  graduate(@Root() initiative: Initiative, @Ctx() ctx: Context): Promise<Graduate | null> {
    return findGraduate(ctx, initiative.graduateId);
  }
}

/** The id in the key of a group, if the figures are grouped by this dimension. */
const idOf = (group: InitiativeGroup, dimension: InitiativeDimension): string | null =>
  group.dimension === dimension && group.key !== NO_KEY ? group.key : null;

@Resolver(() => InitiativeGroup)
export class InitiativeGroupResolver {
  @FieldResolver(() => Cohort, { nullable: true, description: 'The cohort, when grouped so (lớp).' })
  cohort(@Root() group: InitiativeGroup, @Ctx() ctx: Context): Promise<Cohort | null> {
    return ctx.reader.find(Cohort, idOf(group, InitiativeDimension.COHORT));
  }

  @FieldResolver(() => Programme, {
    nullable: true,
    description: 'The programme, when grouped so (chương trình).',
  })
  programme(@Root() group: InitiativeGroup, @Ctx() ctx: Context): Promise<Programme | null> {
    return ctx.reader.find(Programme, idOf(group, InitiativeDimension.PROGRAMME));
  }

  @FieldResolver(() => University, {
    nullable: true,
    description: 'The university, when grouped so (cơ sở đào tạo).',
  })
  university(@Root() group: InitiativeGroup, @Ctx() ctx: Context): Promise<University | null> {
    return ctx.reader.find(University, idOf(group, InitiativeDimension.UNIVERSITY));
  }

  @FieldResolver(() => Unit, { nullable: true, description: 'The unit, when grouped so (đơn vị).' })
  unit(@Root() group: InitiativeGroup, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, idOf(group, InitiativeDimension.UNIT));
  }
}

const initiativeField = {
  initiative: { type: Initiative, description: 'The initiative; null when refused (sáng kiến).' },
} as const;

export const resolvers = [
  initiativeLists.root('initiatives', {
    permission: 'initiative.read',
    description: 'Initiatives, newest first (danh sách sáng kiến).',
  }),
  initiativeLists.of(Cohort, 'initiatives', {
    by: 'initiative.cohortId',
    description: 'What its learners or graduates propose, newest first (sáng kiến).',
  }),
  initiativeLists.of(University, 'initiatives', {
    by: ({ id }) => ({
      id,
      column: 'cohort.universityId',
      through: { table: Cohort, alias: 'cohort', on: 'cohort.id = initiative.cohortId' },
    }),
    description: 'Initiatives of the cohorts it delivers, newest first (sáng kiến).',
  }),
  initiativeLists.of(Unit, 'initiatives', {
    by: ofUnit('initiative.unitId'),
    description: 'About problems of it, or of a unit below it, newest first (sáng kiến, hiến kế).',
  }),
  InitiativeResolver,
  InitiativeGroupResolver,
  mutation(proposeInitiative, {
    permission: 'initiative.propose',
    description: 'Learners or graduates of a cohort propose something to a unit (đề xuất sáng kiến).',
    input: { type: ProposeInitiativeInput, description: 'The initiative (đầu vào).' },
    payload: { description: 'The initiative that was proposed (kết quả).', fields: initiativeField },
    events: ['initiative.proposed'],
  }),
  mutation(studyInitiative, {
    permission: 'initiative.study',
    description: 'The unit, or its successors, study it (nghiên cứu sáng kiến).',
    input: { type: StudyInitiativeInput, description: 'Which one (đầu vào).' },
    payload: { description: 'The initiative under study (kết quả).', fields: initiativeField },
    events: ['initiative.studied'],
  }),
  mutation(applyInitiative, {
    permission: 'initiative.apply',
    description: 'It is applied, with where and with what result (áp dụng sáng kiến).',
    input: { type: ApplyInitiativeInput, description: 'Which one, where, and the result (đầu vào).' },
    payload: { description: 'The initiative that is applied (kết quả).', fields: initiativeField },
    events: ['initiative.applied'],
  }),
  mutation(rejectInitiative, {
    permission: 'initiative.reject',
    description: 'It is not applied (không áp dụng sáng kiến).',
    input: { type: RejectInitiativeInput, description: 'Which one, and why (đầu vào).' },
    payload: { description: 'The initiative that is not applied (kết quả).', fields: initiativeField },
    events: ['initiative.rejected'],
  }),
];
