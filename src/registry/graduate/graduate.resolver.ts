// GraphQL fields of graduates and their theses: lists, relations and mutations.
import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { Personal } from '../../access/personal';
import type { Context } from '../../operation/context';
import { listFields } from '../../operation/read-fields';
import { mutation } from '../../events/mutation';
import { inRange } from '../../graphql/filters';
import type { Listing } from '../../graphql/page';
import { type Batch, countsBy } from '../../graphql/reader';
import { isIn, sql } from '../../lib/sql';
import { Cohort } from '../cohort/cohort.entity';
import { ofCohorts } from '../cohort/cohort.reads';
import { Enrolment } from '../cohort/enrolment.entity';
import { Official } from '../official/official.entity';
import { Topic } from '../topic/topic.entity';
import { topicsThrough } from '../topic/topic.reads';
import { Unit } from '../unit/unit.entity';
import { ofUnits } from '../unit/unit.reads';
import { correctGraduate, recordGraduates, revokeGraduate } from './graduate.actions';
import { credentialKey } from './credential';
import { Graduate, ThesisKind, ThesisTopic } from './graduate.entity';
import {
  CorrectGraduateInput,
  GraduateConnection,
  GraduateArgs,
  type GraduateFilter,
  RecordGraduatesInput,
  RevokeGraduateInput,
} from './graduate.input';

const graduates: Listing<Graduate, GraduateFilter> = {
  entity: Graduate,
  alias: 'graduate',
  searched: true,
  orders: { GRADUATED_ON: ['graduatedOn'], CREATED_AT: ['createdAt'] },
  usual: { field: 'GRADUATED_ON', direction: 'DESC' },
  narrow: (
    { text, credentialNumber, topicIds, cohortIds, programmeIds, universityIds, ...filter },
    _today,
    shown,
  ) => [
    sql`graduate.revokedAt IS NULL`,
    cohortIds && isIn('graduate.cohortId', cohortIds),
    programmeIds && ofCohorts('graduate.cohortId', isIn('programme_id', programmeIds)),
    universityIds && ofCohorts('graduate.cohortId', isIn('university_id', universityIds)),
    filter.unitIds && ofUnits('graduate.unitId', { ...filter, unitIds: filter.unitIds }),
    filter.hostUnitIds &&
      ofCohorts('graduate.cohortId', ofUnits('host_unit_id', { ...filter, unitIds: filter.hostUnitIds })),
    inRange('graduate.graduatedOn', filter.graduatedOn),
    // The paper and the work tell who it is, so they find nobody whom the caller may not know.
    (text ?? credentialNumber ?? topicIds) != null &&
      sql`graduate.officialId IN (SELECT known.id FROM official known WHERE ${shown(Official, 'known')})`,
    credentialNumber != null && sql`graduate.credentialKey = ${credentialKey(credentialNumber)}`,
    topicIds &&
      sql`graduate.id IN (SELECT graduate_id FROM thesis_topic WHERE ${isIn('topic_id', topicIds)})`,
  ],
};
const graduateLists = listFields(graduates, GraduateConnection, GraduateArgs);

const countGraduates = countsBy(Graduate, 'cohortId', sql`own.revokedAt IS NULL`);

const byEnrolment =
  (ctx: Context): Batch<Graduate> =>
  async (manager, ids) => {
    const rows = await manager
      .createQueryBuilder(Graduate, 'graduate')
      .where('graduate.enrolmentId IN (:...ids) AND graduate.revokedAt IS NULL', { ids })
      .andWhere(...ctx.within(Graduate)('graduate').named())
      .getMany();
    return new Map(rows.map((row) => [row.enrolmentId, row]));
  };

const topicsOf = topicsThrough(ThesisTopic, 'graduateId');

@ObjectType({
  description: 'The final work of a degree course (luận văn, đề án tốt nghiệp).',
  simpleResolvers: true,
})
export class Thesis {
  @Field(() => ThesisKind, { description: 'Kind (loại).' })
  kind!: ThesisKind;

  @Field(() => String, { description: 'Title (tên đề tài).' })
  title!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The local problem it is about (vấn đề thực tiễn địa phương).',
  })
  localProblem!: string | null;

  graduate!: Graduate;
}

@Resolver(() => Thesis)
export class ThesisResolver {
  @FieldResolver(() => Unit, { nullable: true, description: 'The unit whose problem it is (đơn vị).' })
  unit(@Root() { graduate }: Thesis, @Ctx() ctx: Context): Promise<Unit | null> {
    return ctx.reader.find(Unit, graduate.thesisUnitId);
  }

  @FieldResolver(() => [Topic], { description: 'What it is about (lĩnh vực).' })
  async topics(@Root() { graduate }: Thesis, @Ctx() ctx: Context): Promise<Topic[]> {
    return (await ctx.reader.load(topicsOf, graduate.id)) ?? [];
  }
}

@Resolver(() => Graduate)
export class GraduateResolver {
  @Personal('officialId')
  @FieldResolver(() => Thesis, {
    nullable: true,
    description: 'The final work, if there was one; null if hidden from you (luận văn, đề án).',
  })
  thesis(@Root() graduate: Graduate): Thesis | null {
    if (!graduate.thesisKind) return null;
    return Object.assign(new Thesis(), {
      kind: graduate.thesisKind,
      title: graduate.thesisTitle!,
      localProblem: graduate.thesisLocalProblem,
      graduate,
    });
  }
}

@Resolver(() => Enrolment)
export class EnrolmentGraduateResolver {
  @FieldResolver(() => Graduate, {
    nullable: true,
    description: 'The graduation, if there is one that you may see (hoàn thành, tốt nghiệp).',
  })
  graduate(@Root() enrolment: Enrolment, @Ctx() ctx: Context): Promise<Graduate | null> {
    return ctx.reader.load(byEnrolment(ctx), enrolment.id, byEnrolment);
  }
}

@Resolver(() => Cohort)
export class CohortGraduatesResolver {
  @FieldResolver(() => Int, { description: 'How many graduated so far (số người hoàn thành, tốt nghiệp).' })
  async graduateCount(@Root() cohort: Cohort, @Ctx() ctx: Context): Promise<number> {
    return (await ctx.reader.load(countGraduates, cohort.id)) ?? 0;
  }
}

export const resolvers = [
  graduateLists.root('graduates', {
    permission: 'graduate.read',
    description: 'Graduates within your reach, latest first by default (danh sách hoàn thành, tốt nghiệp).',
  }),
  graduateLists.of(Cohort, 'graduates', {
    by: 'graduate.cohortId',
    filtered: false,
    description: 'Its graduates within your reach, latest first (danh sách hoàn thành, tốt nghiệp).',
  }),
  graduateLists.of(Official, 'graduations', {
    by: 'graduate.officialId',
    filtered: false,
    description: 'Their graduations, latest first (văn bằng, chứng chỉ).',
  }),
  ThesisResolver,
  GraduateResolver,
  EnrolmentGraduateResolver,
  CohortGraduatesResolver,
  mutation(recordGraduates, {
    permission: 'graduate.record',
    description: 'Records a whole ceremony, all or nothing (ghi nhận hoàn thành, tốt nghiệp).',
    input: { type: RecordGraduatesInput, description: 'The ceremony (đầu vào).' },
    payload: {
      description: 'The graduates that were recorded (kết quả).',
      fields: {
        graduates: {
          type: [Graduate],
          description: 'The graduates, in the order given; empty when refused (hoàn thành, tốt nghiệp).',
        },
      },
    },
    events: ['graduate.recorded', 'cohort.graduated'],
  }),
  mutation(correctGraduate, {
    permission: 'graduate.correct',
    description: 'Corrects what was recorded of a graduate (đính chính).',
    input: { type: CorrectGraduateInput, description: 'What changes (đầu vào).' },
    payload: {
      description: 'The graduate as corrected (kết quả).',
      fields: {
        graduate: {
          type: Graduate,
          description: 'The graduate; null when refused (hoàn thành, tốt nghiệp).',
        },
      },
    },
    events: ['graduate.corrected'],
  }),
  mutation(revokeGraduate, {
    permission: 'graduate.revoke',
    description: 'Revokes a graduation (thu hồi, hủy bỏ).',
    input: { type: RevokeGraduateInput, description: 'Which, and why (đầu vào).' },
    payload: {
      description: 'The graduation that was revoked (kết quả).',
      fields: {
        graduate: {
          type: Graduate,
          description: 'The graduation that no longer counts; null when refused (hoàn thành, tốt nghiệp).',
        },
      },
    },
    events: ['graduate.revoked', 'enrolment.reopened'],
  }),
];
