// Names of the invented officials: common Vietnamese names, combined at random.
import { Gender } from '../registry/official/official.entity';
import type { Random } from './random';

const split = (names: string): string[] => names.normalize('NFC').split(',');

const FAMILIES: readonly (readonly [string, number])[] = [
  ['Nguyễn', 320],
  ['Trần', 110],
  ['Lê', 95],
  ['Phạm', 70],
  ['Huỳnh', 50],
  ['Phan', 45],
  ['Võ', 45],
  ['Đặng', 25],
  ['Bùi', 22],
  ['Trương', 22],
  ['Đỗ', 20],
  ['Vũ', 20],
  ['Ngô', 16],
  ['Hồ', 15],
  ['Dương', 14],
  ['Lý', 12],
  ['Đoàn', 10],
  ['Lâm', 10],
  ['Mai', 9],
  ['Đinh', 9],
  ['Cao', 8],
  ['Châu', 6],
  ['Tạ', 6],
  ['Hà', 6],
  ['Tô', 6],
  ['Lương', 6],
  ['Thái', 5],
  ['Kiều', 4],
];

const MIDDLES = {
  [Gender.MALE]: split(
    'Văn,Văn,Văn,Minh,Quốc,Thanh,Hữu,Đức,Công,Hoàng,Ngọc,Trung,Tấn,Thành,Xuân,Phước,Bảo,Duy,Nhật,Thế,Đình,Trọng,Anh,Gia',
  ),
  [Gender.FEMALE]: split(
    'Thị,Thị,Thị,Thị Ngọc,Thị Thanh,Thị Kim,Thị Thu,Thị Mỹ,Thị Hồng,Thị Bích,Ngọc,Thanh,Kim,Thu,Mỹ,Phương,Hồng,Bích,Thùy,Như,Minh',
  ),
};

const GIVEN = {
  [Gender.MALE]: split(
    'An,Anh,Bình,Châu,Cường,Danh,Dũng,Duy,Đạt,Đức,Giang,Hải,Hào,Hậu,Hiếu,Hòa,Hoàng,Hùng,Huy,Khang,Khánh,Khoa,Kiên,Lâm,Long,Lộc,Luân,Minh,Nam,Nghĩa,Nguyên,Nhân,Nhật,Phát,Phong,Phú,Phúc,Phước,Quang,Quân,Quý,Sang,Sơn,Tài,Tâm,Tân,Thái,Thắng,Thành,Thịnh,Thuận,Tiến,Toàn,Trí,Trung,Trường,Tuấn,Tùng,Tú,Việt,Vinh,Vũ',
  ),
  [Gender.FEMALE]: split(
    'An,Anh,Châu,Chi,Diệp,Dung,Duyên,Đào,Giang,Hà,Hân,Hạnh,Hằng,Hiền,Hoa,Hồng,Huệ,Hương,Huyền,Lan,Liên,Linh,Loan,Ly,Mai,My,Nga,Ngân,Ngọc,Nguyệt,Nhi,Nhung,Oanh,Phương,Phượng,Quyên,Quỳnh,Tâm,Thảo,Thi,Thoa,Thủy,Thúy,Thư,Trang,Trâm,Trinh,Trúc,Tú,Tuyết,Uyên,Vân,Vy,Xuân,Yến',
  ),
};

/**
 * No person of the sample has the name of a person in the article (fact 19), nor of others who hold or held office in
 * the city, in the provinces that joined it or at the head of the state: an invented official must not look like a real
 * one.
 */
const TAKEN = new Set(
  split(
    'Võ Khắc Thái,Hoàng Tùng,Sử Đình Thành,Nguyễn Thành Phong,Nguyễn Văn Hiếu,Nguyễn Hữu Hiệp,Nguyễn Hồ Hải,Dương Anh Đức,Võ Văn Hoan,Bùi Xuân Cường,Nguyễn Văn Dũng,Nguyễn Thị Lệ,Phan Thị Thắng,Ngô Minh Châu,Lê Hòa Bình,Trần Lưu Quang,Nguyễn Mạnh Cường,Nguyễn Phước Lộc,Võ Văn Minh,Trần Hoàng Quân,Trần Thế Thuận,Lê Duy Minh,Huỳnh Thanh Nhân,Đặng Minh Đạt,Nguyễn Thị Hồng Hạnh,Phạm Thành Kiên,Lê Quốc Phong,Nguyễn Minh Triết,Nguyễn Xuân Phúc,Trần Đức Lương',
  ),
);

export function makeName(random: Random, gender: 'FEMALE' | 'MALE'): string {
  const family = random.weighted(FAMILIES);
  const middle = random.pick(MIDDLES[gender]);
  const given = random.pick(GIVEN[gender]);
  const name = `${family} ${middle} ${given}`;
  const doubled = new Set(name.split(' ')).size < name.split(' ').length; // Hoàng Minh Minh is no name
  return doubled || TAKEN.has(name) ? makeName(random, gender) : name;
}
