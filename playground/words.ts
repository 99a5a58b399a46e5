// Words of the page around GraphiQL, in Vietnamese and English.
import type { Language, Role } from './session';

interface Words {
  title: string;
  sample: string;
  noToken: string;
  actAs: string;
  stranger: string;
  language: string;
  resetTabs: string;
  loading: string;
  live: string;
  listening: string;
  reconnecting: string;
  ended: string;
  failed: string;
  events: (count: number) => string;
  latest: (shown: number) => string;
  stop: string;
  remove: string;
  seeBelow: string;
  roles: Record<Role, string>;
}

export const WORDS: Record<Language, Words> = {
  vi: {
    title: 'Canbo – sổ đăng ký đào tạo cán bộ TP. Hồ Chí Minh',
    sample: 'Dữ liệu mẫu: người học là hư cấu',
    noToken: 'Chưa có thẻ: chỉ được đọc như người xem. Lệnh sau in ra một thẻ để đặt vào Headers:',
    actAs: 'Vai trò',
    stranger: 'Khách (không có thẻ)',
    language: 'Ngôn ngữ',
    resetTabs: 'Đặt lại các thẻ',
    loading: 'Đang tải…',
    live: 'Đang theo dõi',
    listening: 'đang nghe',
    reconnecting: 'mất kết nối, đang nối lại',
    ended: 'đã dừng',
    failed: 'bị từ chối',
    events: (count) => `${count} sự kiện`,
    latest: (shown) => `chỉ hiện ${shown} sự kiện mới nhất`,
    stop: 'Dừng',
    remove: 'Bỏ',
    seeBelow: 'Đang nghe. Sự kiện hiện ở đây và trong danh sách bên dưới, kể cả khi chuyển sang thẻ khác.',
    roles: {
      ADMINISTRATOR: 'Quản trị',
      UNIT_MANAGER: 'Quản lý đơn vị',
      UNIVERSITY_REGISTRAR: 'Phòng đào tạo',
      OFFICIAL: 'Cán bộ',
      VIEWER: 'Người xem',
    },
  },
  en: {
    title: 'Canbo – training registry of the officials of Ho Chi Minh City',
    sample: 'Sample data: learners are made up',
    noToken: 'No token: read-only as a viewer. This command prints one to put into Headers:',
    actAs: 'Role',
    stranger: 'Stranger (no token)',
    language: 'Language',
    resetTabs: 'Reset tabs',
    loading: 'Loading…',
    live: 'Live',
    listening: 'listening',
    reconnecting: 'connection lost, reconnecting',
    ended: 'stopped',
    failed: 'refused',
    events: (count) => (count === 1 ? '1 event' : `${count} events`),
    latest: (shown) => `the latest ${shown} are shown`,
    stop: 'Stop',
    remove: 'Remove',
    seeBelow: 'Listening. Events appear here and in the list below, also while another tab is open.',
    roles: {
      ADMINISTRATOR: 'Administrator',
      UNIT_MANAGER: 'Unit manager',
      UNIVERSITY_REGISTRAR: 'University registrar',
      OFFICIAL: 'Official',
      VIEWER: 'Viewer',
    },
  },
};
