import { counts, duration, number } from '../../report/progress.js';
export function planLines(plan) {
    const { days_back_that_answer: reach, minutes_at_full_quota: minutes } = plan;
    const long = plan.meetings_over_24h > 0 ? ` (${number(plan.meetings_over_24h)} over 24 h: not to be asked about)` : '';
    return [
        `${plan.from} to ${plan.to}: ${number(plan.days)} days`,
        `  meetings  ${number(plan.meetings)}${long}`,
        `  units     ${number(plan.units)}`,
        `  calls     ${number(plan.calls_in_all)}: ${counts(plan.calls)}`,
        `  time      ${minutes === null ? 'no limit is set' : `${duration(minutes * 60_000)} at the full quota`}`,
        ...(plan.expected_end === null ? [] : [`  end       ${plan.expected_end} if started now, with nothing beside it`]),
        `  of a cap  ${percent(plan.share_of_monthly_cap)} of 1,000,000 calls a month (Basic plan)`,
        `  answers   ${Object.entries(reach)
            .map(([name, daysBack]) => `${name} ${daysBack === null ? 'not seen' : `${daysBack} days back`}`)
            .join(' · ')}`,
        `The plan itself took ${number(plan.calls_of_this_plan)} calls.`,
    ];
}
function percent(share) {
    return share > 0 && share < 0.001 ? 'less than 0.1 %' : `${(share * 100).toFixed(1)} %`;
}
//# sourceMappingURL=plan-lines.js.map