/** Who and what the tenant consists of: people, meeting rooms, room levels. The same for every day. */
import { alphanumericOf, digitsOf, drawsFor, hexOf } from './random.js';
const FAMILY = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '欧阳', '司马'];
const GIVEN = ['伟', '芳', '娜', '秀英', '敏', '静', '丽', '强', '磊', '洋', '艳', '勇', '杰', '思远', '雨桐'];
const LATIN = ['Anna Müller', 'José Álvarez', 'Kim Min-jun', 'Søren Ørsted', 'Zoë Smith', 'Nguyễn Văn An'];
/** Names that break careless CSV, XLSX and HTML code. */
const AWKWARD_NAMES = [
    'O\'Brien "Bob"',
    ' 前后有空格 ',
    '表情😀👩‍👩‍👧',
    '=SUM(A1:A9)',
    '_x0041_ 张三',
    '换行\n先生',
    '<b>&amp;</b>',
    '-',
];
const DEPARTMENTS = [
    '研发部',
    '市场部',
    '销售部/华东',
    '人力资源',
    'Research & Development',
    '财务,法务',
    '"客户成功"',
];
const ROOM_NAMES = ['未来', '大同', '长江', '黄河', '泰山', 'Orion', '会议室 "A"', '天池'];
export function buildDirectory({ seed, people, rooms }) {
    const levels = buildLevels(seed);
    return {
        people: Array.from({ length: people }, (_, i) => person(seed, i, false)),
        externals: Array.from({ length: Math.max(5, Math.ceil(people / 20)) }, (_, i) => person(seed, i, true)),
        rooms: Array.from({ length: rooms }, (_, i) => room(seed, i, levels)),
        levels,
    };
}
function person(seed, index, isExternal) {
    const key = [seed, isExternal ? 'external' : 'person', index];
    const draws = drawsFor(...key);
    const awkward = index % 10 === 3 ? AWKWARD_NAMES[Math.floor(index / 10) % AWKWARD_NAMES.length] : undefined;
    const plain = draws.chance(0.2) ? draws.pick(LATIN) : draws.pick(FAMILY) + draws.pick(GIVEN);
    const userId = alphanumericOf(8, ...key, 'user_id');
    return {
        name: awkward ?? plain,
        department: isExternal || draws.chance(0.03) ? null : draws.pick(DEPARTMENTS),
        ids: {
            open_id: `ou_${hexOf(32, ...key, 'open_id')}`,
            union_id: `on_${hexOf(32, ...key, 'union_id')}`,
            user_id: userId,
        },
        // Leading zeros: a job number read as a number loses them.
        employee_id: isExternal || draws.chance(0.05) ? null : `00${digitsOf(9, ...key, 'employee')}`,
        email: isExternal || draws.chance(0.05) ? null : `${userId}@example.com`,
        mobile: draws.chance(0.1) ? null : maskedPhone(...key),
        is_external: isExternal,
    };
}
export function maskedPhone(...parts) {
    return `+861${digitsOf(2, ...parts, 'phone')}****${digitsOf(4, ...parts, 'phone')}`;
}
function buildLevels(seed) {
    const id = (name) => `omb_${hexOf(32, seed, 'level', name)}`;
    const tenant = id('tenant');
    const levels = [
        { room_level_id: tenant, name: '沙盒公司', parent_id: '0', path: [tenant], has_child: true },
    ];
    for (const building of ['北京', '上海']) {
        const buildingId = id(building);
        levels.push({
            room_level_id: buildingId,
            name: `${building}办公楼`,
            parent_id: tenant,
            path: [tenant, buildingId],
            has_child: true,
        });
        for (const floor of ['F1', 'F2']) {
            const floorId = id(`${building}/${floor}`);
            const path = [tenant, buildingId, floorId];
            levels.push({ room_level_id: floorId, name: floor, parent_id: buildingId, path, has_child: false });
        }
    }
    return levels;
}
function room(seed, index, levels) {
    const floors = levels.filter((level) => !level.has_child);
    const floor = floors[index % floors.length];
    if (!floor)
        throw new RangeError('the tenant has no floor');
    const shared = index % 5 === 0;
    const name = shared ? ROOM_NAMES[0] : `${ROOM_NAMES[index % ROOM_NAMES.length]} ${index + 1}`;
    return {
        room_id: `omm_${hexOf(32, seed, 'room', index)}`,
        name: name ?? `会议室 ${index + 1}`,
        capacity: 4 + (index % 4) * 4,
        display_id: `FM${digitsOf(9, seed, 'display', index)}`,
        room_level_id: floor.room_level_id,
        path: floor.path,
    };
}
//# sourceMappingURL=directory.js.map