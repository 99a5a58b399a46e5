// Enums of programmes: kind, degree level, content group, basis, location, partner role.
import { described } from '../../graphql/enums';

export const ProgrammeKind = described('ProgrammeKind', 'What sort of training it is (loại hình).', {
  DEGREE: { text: 'Degree training; leads to a degree (đào tạo).', en: 'Degree training' },
  REFRESHER: { text: 'Refresher training; leads to a certificate (bồi dưỡng).', en: 'Refresher training' },
  EXCHANGE: { text: 'Exchange of experience (giao lưu).', vi: 'Giao lưu, trao đổi kinh nghiệm' },
});
export type ProgrammeKind = keyof typeof ProgrammeKind;

export const DegreeLevel = described('DegreeLevel', 'Which degree it leads to (trình độ đào tạo).', {
  BACHELOR: "Bachelor's degree (đại học).",
  MASTER: "Master's degree (thạc sĩ).",
  DOCTORATE: 'Doctorate (tiến sĩ).',
});
export type DegreeLevel = keyof typeof DegreeLevel;

export const ContentGroup = described(
  'ContentGroup',
  'Which group of content it belongs to (nhóm nội dung).',
  {
    POLITICAL_THEORY: 'Political theory (lý luận chính trị).',
    DEFENCE_SECURITY: {
      text: 'Defence and security (quốc phòng và an ninh).',
      en: 'Defence and security',
    },
    STATE_MANAGEMENT: 'State management (quản lý nhà nước).',
    PROFESSIONAL_SKILLS: {
      text: 'Professional and job-position skills (chuyên môn, vị trí việc làm).',
      vi: 'Kỹ năng nghiệp vụ theo vị trí việc làm',
    },
  },
);
export type ContentGroup = keyof typeof ContentGroup;

export const ProgrammeBasis = described('ProgrammeBasis', 'What it is based on (căn cứ xây dựng).', {
  RANK_STANDARD: 'The standards of a rank (tiêu chuẩn ngạch).',
  TITLE_STANDARD: 'The standards of a title or position (tiêu chuẩn chức danh, chức vụ).',
  JOB_POSITION: 'The demands of a job position (vị trí việc làm).',
  TOPICAL: 'A need of the day (chuyên đề).',
});
export type ProgrammeBasis = keyof typeof ProgrammeBasis;

export const StudyLocation = described('StudyLocation', 'Where one studies (địa điểm học).', {
  DOMESTIC: { text: 'In Viet Nam (trong nước).', en: 'In Viet Nam' },
  ABROAD: 'Abroad (nước ngoài).',
  COMBINED: {
    text: 'In Viet Nam and abroad (trong nước kết hợp nước ngoài).',
    vi: 'Kết hợp trong và ngoài nước',
    en: 'In Viet Nam and abroad',
  },
});
export type StudyLocation = keyof typeof StudyLocation;

export const PartnerRole = described('PartnerRole', 'What a partner does for a programme (vai trò).', {
  LEAD: 'Leads it (chủ trì).',
  COORDINATING: 'Coordinates with the lead (phối hợp).',
  DELIVERING: 'Teaches it (tổ chức giảng dạy).',
  CO_DESIGN: {
    text: 'Designs it together with others (cùng xây dựng chương trình).',
    en: 'Joint design',
  },
  COMMISSIONING: 'Orders it (đặt hàng).',
  FUNDING: 'Pays for it (tài trợ).',
});
export type PartnerRole = keyof typeof PartnerRole;
