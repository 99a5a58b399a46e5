// Enums of programmes: kind, degree level, content group, basis, location, partner role.
import { described } from '../../graphql/enums';

export const ProgrammeKind = described('ProgrammeKind', 'What sort of training it is (loại hình).', {
  DEGREE: 'Degree training; leads to a degree (đào tạo).',
  REFRESHER: 'Refresher training; leads to a certificate (bồi dưỡng).',
  EXCHANGE: 'Exchange of experience (giao lưu).',
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
    DEFENCE_SECURITY: 'Defence and security (quốc phòng và an ninh).',
    STATE_MANAGEMENT: 'State management (quản lý nhà nước).',
    PROFESSIONAL_SKILLS: 'Professional and job-position skills (chuyên môn, vị trí việc làm).',
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
  DOMESTIC: 'In Viet Nam (trong nước).',
  ABROAD: 'Abroad (nước ngoài).',
  COMBINED: 'In Viet Nam and abroad (trong nước kết hợp nước ngoài).',
});
export type StudyLocation = keyof typeof StudyLocation;

export const PartnerRole = described('PartnerRole', 'What a partner does for a programme (vai trò).', {
  LEAD: 'Leads it (chủ trì).',
  COORDINATING: 'Coordinates with the lead (phối hợp).',
  DELIVERING: 'Teaches it (tổ chức giảng dạy).',
  CO_DESIGN: 'Designs it together with others (cùng xây dựng chương trình).',
  COMMISSIONING: 'Orders it (đặt hàng).',
  FUNDING: 'Pays for it (tài trợ).',
});
export type PartnerRole = keyof typeof PartnerRole;
