// Labels, in Vietnamese and English, of the enum values that statistics are grouped by.
import type { Text } from '../lib/locale';

/** Labels of the enum values that figures are grouped by. */
export const LABELS: Record<string, Text> = {
  NONE: { vi: 'Không nêu', en: 'Not stated' },
  DEGREE: { vi: 'Đào tạo', en: 'Degree training' },
  REFRESHER: { vi: 'Bồi dưỡng', en: 'Refresher training' },
  EXCHANGE: { vi: 'Giao lưu, trao đổi kinh nghiệm', en: 'Exchange' },
  POLITICAL_THEORY: { vi: 'Lý luận chính trị', en: 'Political theory' },
  DEFENCE_SECURITY: { vi: 'Quốc phòng và an ninh', en: 'Defence and security' },
  STATE_MANAGEMENT: { vi: 'Quản lý nhà nước', en: 'State management' },
  PROFESSIONAL_SKILLS: { vi: 'Kỹ năng nghiệp vụ theo vị trí việc làm', en: 'Professional skills' },
  CADRE: { vi: 'Cán bộ', en: 'Cadres' },
  CIVIL_SERVANT: { vi: 'Công chức', en: 'Civil servants' },
  PUBLIC_EMPLOYEE: { vi: 'Viên chức', en: 'Public employees' },
  DOMESTIC: { vi: 'Trong nước', en: 'In Viet Nam' },
  ABROAD: { vi: 'Ngoài nước', en: 'Abroad' },
  COMBINED: { vi: 'Kết hợp trong và ngoài nước', en: 'Combined' },
  PLANNED: { vi: 'Dự kiến', en: 'Planned' },
  ENROLLING: { vi: 'Đang chiêu sinh', en: 'Enrolling' },
  IN_PROGRESS: { vi: 'Đang học', en: 'In progress' },
  COMPLETED: { vi: 'Đã kết thúc', en: 'Completed' },
};
