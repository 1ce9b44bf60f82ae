import { commitDay } from '../dataset/commit-day.js';
import { findManifest } from '../dataset/manifest.js';
import { writeMeetingsTable, writeResourceTable, writeSessionTable } from '../dataset/single.js';
import { profileNamed } from './calls/call.js';
import { onFiles } from './on-files.js';
export function tableActivities(deps) {
    const { store } = deps;
    function committed(manifest, key, sha256) {
        return {
            manifest: { uri: store.uri(key), sha256 },
            complete: manifest.complete,
            tables: Object.fromEntries(Object.entries(manifest.tables).map(([name, table]) => [name, table.rows])),
            units: manifest.units,
            gaps: manifest.gaps.map(({ table, reason, count }) => ({ reason: `${table}: ${reason}`, count })),
            restatements: manifest.restatements
                .filter(({ generation }) => generation === manifest.generation)
                .map(({ table, added, removed, changed }) => ({ table, added, removed, changed })),
        };
    }
    return {
        /** Writes the day's tables and its manifest, the manifest last. Run twice, it gives the same. */
        async commitDay(input) {
            const { location, window, include, user_id_type, listing, source, room_level_id } = input;
            const profile = profileNamed(deps, input.profile);
            return await onFiles(async () => {
                const { from, to, ask_until, asked_at, time_zone } = window;
                const { manifest, manifestKey, manifestSha256 } = await commitDay(store, {
                    location,
                    include,
                    time_zone,
                    api_host: profile.apiHost,
                    product: deps.product,
                    run: { user_id_type, listing, source, room_level_id, from, to, ask_until, asked_at },
                });
                return committed(manifest, manifestKey, manifestSha256);
            });
        },
        /** The committed day, where it is sealed: asked often enough to be left alone. Null: it is to be asked. */
        async sealedDay(input) {
            return await onFiles(async () => {
                const found = await findManifest(store, input.location);
                return found?.manifest.sealed === true ? committed(found.manifest, found.key, found.sha256) : null;
            });
        },
        async storeResource(input) {
            const zone = profileNamed(deps, input.profile).timeZone;
            return await onFiles(() => writeResourceTable(store, zone, input));
        },
        async storeSession(input) {
            const zone = profileNamed(deps, input.profile).timeZone;
            return await onFiles(() => writeSessionTable(store, zone, input));
        },
        async storeMeetings(input) {
            const zone = profileNamed(deps, input.profile).timeZone;
            return await onFiles(() => writeMeetingsTable(store, zone, input));
        },
    };
}
//# sourceMappingURL=tables.js.map