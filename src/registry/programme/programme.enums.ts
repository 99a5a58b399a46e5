// Which kinds, levels, contents, bases, places and roles of training are there?
import { registerEnumType } from 'type-graphql';

export enum ProgrammeKind {
  DEGREE = 'DEGREE',
  REFRESHER = 'REFRESHER',
  EXCHANGE = 'EXCHANGE',
}
registerEnumType(ProgrammeKind, {
  name: 'ProgrammeKind',
  description: 'What sort of training it is (loại hình).',
  valuesConfig: {
    DEGREE: { description: 'Degree training; leads to a degree (đào tạo).' },
    REFRESHER: { description: 'Refresher training; leads to a certificate (bồi dưỡng).' },
    EXCHANGE: { description: 'Exchange of experience (giao lưu).' },
  },
});

export enum DegreeLevel {
  BACHELOR = 'BACHELOR',
  MASTER = 'MASTER',
  DOCTORATE = 'DOCTORATE',
}
registerEnumType(DegreeLevel, {
  name: 'DegreeLevel',
  description: 'Which degree it leads to (trình độ đào tạo).',
  valuesConfig: {
    BACHELOR: { description: "Bachelor's degree (đại học)." },
    MASTER: { description: "Master's degree (thạc sĩ)." },
    DOCTORATE: { description: 'Doctorate (tiến sĩ).' },
  },
});

export enum ContentGroup {
  POLITICAL_THEORY = 'POLITICAL_THEORY',
  DEFENCE_SECURITY = 'DEFENCE_SECURITY',
  STATE_MANAGEMENT = 'STATE_MANAGEMENT',
  PROFESSIONAL_SKILLS = 'PROFESSIONAL_SKILLS',
}
registerEnumType(ContentGroup, {
  name: 'ContentGroup',
  description: 'Which group of content it belongs to (nhóm nội dung).',
  valuesConfig: {
    POLITICAL_THEORY: { description: 'Political theory (lý luận chính trị).' },
    DEFENCE_SECURITY: { description: 'Defence and security (quốc phòng và an ninh).' },
    STATE_MANAGEMENT: { description: 'State management (quản lý nhà nước).' },
    PROFESSIONAL_SKILLS: {
      description: 'Professional and job-position skills (chuyên môn, vị trí việc làm).',
    },
  },
});

export enum ProgrammeBasis {
  RANK_STANDARD = 'RANK_STANDARD',
  TITLE_STANDARD = 'TITLE_STANDARD',
  JOB_POSITION = 'JOB_POSITION',
  TOPICAL = 'TOPICAL',
}
registerEnumType(ProgrammeBasis, {
  name: 'ProgrammeBasis',
  description: 'What asks for it (căn cứ xây dựng).',
  valuesConfig: {
    RANK_STANDARD: { description: 'The standards of a rank (tiêu chuẩn ngạch).' },
    TITLE_STANDARD: { description: 'The standards of a title or position (tiêu chuẩn chức danh, chức vụ).' },
    JOB_POSITION: { description: 'The demands of a job position (vị trí việc làm).' },
    TOPICAL: { description: 'A need of the day (chuyên đề).' },
  },
});

export enum StudyLocation {
  DOMESTIC = 'DOMESTIC',
  ABROAD = 'ABROAD',
  COMBINED = 'COMBINED',
}
registerEnumType(StudyLocation, {
  name: 'StudyLocation',
  description: 'Where one studies (địa điểm học).',
  valuesConfig: {
    DOMESTIC: { description: 'In Viet Nam (trong nước).' },
    ABROAD: { description: 'Abroad (nước ngoài).' },
    COMBINED: { description: 'In Viet Nam and abroad (trong nước kết hợp nước ngoài).' },
  },
});

export enum PartnerRole {
  LEAD = 'LEAD',
  COORDINATING = 'COORDINATING',
  DELIVERING = 'DELIVERING',
  CO_DESIGN = 'CO_DESIGN',
  COMMISSIONING = 'COMMISSIONING',
  FUNDING = 'FUNDING',
}
registerEnumType(PartnerRole, {
  name: 'PartnerRole',
  description: 'What a partner does for a programme (vai trò).',
  valuesConfig: {
    LEAD: { description: 'Leads it (chủ trì).' },
    COORDINATING: { description: 'Coordinates with the lead (phối hợp).' },
    DELIVERING: { description: 'Teaches it (tổ chức giảng dạy).' },
    CO_DESIGN: { description: 'Designs it together with others (cùng xây dựng chương trình).' },
    COMMISSIONING: { description: 'Orders it (đặt hàng).' },
    FUNDING: { description: 'Pays for it (tài trợ).' },
  },
});
