/** From the sample's lists of participants to the range: what the counts of the list of meetings are multiplied by. */
import { addCounts } from '../../model/units.js';
/** @param threshold the highest priority that was not drawn; 0 where all were */
export function sharesOf(sample, threshold) {
    const expected = { devices: 0, participant_pages: 0, quality_pages: 0 };
    const found = { sessions: 0, askable: 0, participant_pages: 0, quality_pages: 0 };
    for (const { candidate, ...answer } of sample) {
        const { devices, participant_pages, quality_pages } = candidate;
        // A meeting that was sure to be drawn stands for itself, any other one for as much as it took to be drawn.
        const weight = Math.max(1, threshold / quality_pages);
        // Of a longer list only the first page was read; the devices say how long it is.
        const pages = answer.whole ? 1 : participant_pages;
        const grown = answer.whole ? weight : weight * Math.max(1, devices / Math.max(1, answer.rows));
        addCounts(expected, {
            devices: devices * weight,
            participant_pages: participant_pages * weight,
            quality_pages: quality_pages * weight,
        });
        addCounts(found, {
            sessions: answer.sessions * grown,
            askable: answer.askable * grown,
            participant_pages: pages * weight,
            quality_pages: answer.quality_pages * grown,
        });
    }
    // Without a meeting that can be asked about there is nothing to multiply.
    if (expected.devices === 0)
        return { sessions: 1, askable: 1, participant_pages: 1, quality_pages: 1 };
    return {
        sessions: found.sessions / expected.devices,
        askable: found.askable / expected.devices,
        participant_pages: found.participant_pages / expected.participant_pages,
        quality_pages: found.quality_pages / expected.quality_pages,
    };
}
//# sourceMappingURL=shares.js.map