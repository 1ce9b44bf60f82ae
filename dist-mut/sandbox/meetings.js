/** The meetings that start on one day. A pure function of the seed, the day and the day's revision. */
import { headcount, participantsOf } from './participants.js';
import { digitsOf, drawsFor } from './random.js';
import { dayNumber } from './zone.js';
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
export const LONGEST_MEETING_S = 26 * HOUR_S + 307;
const TOPICS = ['周会', '项目评审', '一对一', 'Design review', '面试 - 前端', '客户沟通', 'Stand-up', '季度复盘'];
/** Topics that break careless CSV, XLSX and SQL code. */
const AWKWARD_TOPICS = [
    '"引号", \'single\' 和逗号,',
    '第一行\n第二行',
    '发布🎉🚀 review',
    '  前后空格  ',
    '=HYPERLINK("http://example.com","x")',
    '_x0041_ 与 _x000D_ 原样',
    '很长的主题'.repeat(80),
    '-',
    '<script>alert(1)</script> & &amp;',
    "Robert'); DROP TABLE meetings;--",
    '+1 @cmd\ttab',
];
function isEmptyDay({ shape }, day) {
    const isSunday = dayNumber(day) % 7 === 3;
    return shape.emptyDays && isSunday && drawsFor(shape.seed, 'empty', day).chance(0.5);
}
export function meetingsOfDay(base, day, revision) {
    if (isEmptyDay(base, day))
        return [];
    const { meetingsPerDay } = base.shape;
    const plans = Array.from({ length: meetingsPerDay }, (_, index) => planMeeting(base, day, index));
    if (meetingsPerDay > 0) {
        plans.push({ ...planMeeting(base, day, meetingsPerDay), is_external: true });
        if (dayNumber(day) % 3 === 0)
            plans.push(webinar(planMeeting(base, day, meetingsPerDay + 1)));
    }
    return applyChanges(base, day, revision, plans)
        .map((plan) => withSummary(base, plan))
        .toSorted((a, b) => a.meeting_start_time - b.meeting_start_time || (a.meeting_no < b.meeting_no ? -1 : 1));
}
const webinar = (plan) => ({
    ...plan,
    meeting_subtype: 8,
    is_webinar: true,
});
/** The first places of a day are fixed, so that every day has the cases that matter; the others are drawn. */
function slotOf(base, day, index, draws) {
    const capS = base.shape.minutesPerMeeting * 60;
    const durationS = Math.max(40, draws.int(Math.ceil(capS / 3), capS) - draws.int(0, 59));
    switch (index) {
        case 0:
            return { startS: 9.5 * HOUR_S + draws.int(0, 59), durationS, series: 0 };
        case 1:
            return { startS: 15 * HOUR_S + draws.int(0, 59), durationS, series: 0 };
        case 2: // Over midnight.
            return { startS: DAY_S - Math.floor(durationS / 2), durationS };
        case 3:
            return isLongDay(base, day)
                ? { startS: 10 * HOUR_S, durationS: LONGEST_MEETING_S }
                : { startS: 10 * HOUR_S, durationS };
        case 4:
            return { startS: 11 * HOUR_S + 1, durationS, awkward: true };
        case 5: // Exactly the day's first second.
            return { startS: 0, durationS };
        case 6: // Ends exactly at midnight.
            return { startS: DAY_S - durationS, durationS };
        default: {
            const startS = draws.int(8 * HOUR_S, 20 * HOUR_S);
            // A series has at most one of these places, so no two meetings share number and minute.
            return index < 12 && draws.chance(0.6)
                ? { startS, durationS, series: index }
                : { startS, durationS, awkward: draws.chance(0.08) };
        }
    }
}
const isLongDay = ({ shape }, day) => shape.longMeetings && dayNumber(day) % 10 === Number(digitsOf(2, shape.seed, 'long').at(-1));
function planMeeting(base, day, index) {
    const { seed } = base.shape;
    const draws = drawsFor(seed, 'meeting', day, index);
    const slot = slotOf(base, day, index, draws);
    const start = base.zone.dayStart(day) + slot.startS;
    const numberKey = slot.series === undefined ? [day, index] : ['series', slot.series];
    const isCast = index > 6 && draws.chance(0.08);
    const topic = slot.awkward
        ? (AWKWARD_TOPICS[(dayNumber(day) + index) % AWKWARD_TOPICS.length] ?? '')
        : `${draws.pick(TOPICS)} ${index}`;
    return {
        meeting_instance_id: `7${digitsOf(18, seed, 'instance', day, index)}`,
        meeting_no: digitsOf(9, seed, 'number', ...numberKey),
        meeting_topic: topic,
        meeting_type: isCast ? 3 : 2,
        meeting_subtype: isCast ? 1 : draws.pick([0, 0, 0, 4, 9, 10]),
        ...organizerOf(base, draws, isCast),
        meeting_start_time: start,
        meeting_end_time: start + slot.durationS,
        meeting_duration_s: slot.durationS,
        recording: draws.chance(0.3),
        has_related_document: draws.chance(0.2),
        ai_note: draws.chance(0.1),
        is_external: false,
        is_webinar: false,
        revision: 0,
    };
}
function organizerOf({ directory }, draws, isCast) {
    if (isCast && directory.rooms.length > 0) {
        const { name } = draws.pick(directory.rooms);
        return { organizer: name, department: null, user_ids: null, employee_id: null, email: null, mobile: null };
    }
    const { name, department, ids, employee_id, email, mobile } = draws.pick(directory.people);
    return { organizer: name, department, user_ids: ids, employee_id, email, mobile };
}
/** Each revision takes one meeting away, renames another and bumps the details of a third. */
function applyChanges(base, day, revision, original) {
    const plans = [...original];
    for (let round = 1; round <= revision && plans.length > 2; round++) {
        const draws = drawsFor(base.shape.seed, 'change', day, round);
        plans.splice(draws.int(1, plans.length - 1), 1);
        const renamed = draws.int(0, plans.length - 1);
        const bumped = draws.int(0, plans.length - 1);
        update(plans, renamed, (plan) => ({ ...plan, meeting_topic: `${plan.meeting_topic} (${round})` }));
        update(plans, bumped, (plan) => ({ ...plan, revision: plan.revision + 1 }));
    }
    return plans;
}
function update(plans, index, change) {
    const plan = plans[index];
    if (plan)
        plans[index] = change(plan);
}
function withSummary(base, plan) {
    const rows = participantsOf(base, plan);
    return {
        ...plan,
        ...headcount(plan, rows),
        number_of_devices: rows.length,
        audio: rows.some((row) => row.audio),
        video: rows.some((row) => row.video),
        sharing: rows.some((row) => row.sharing),
        telephone: rows.some((row) => row.device === 'pstn'),
    };
}
//# sourceMappingURL=meetings.js.map