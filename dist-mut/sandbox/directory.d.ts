/** The three names of one user. */
export interface UserIds {
    open_id: string;
    union_id: string;
    user_id: string;
}
export interface Person {
    name: string;
    department: string | null;
    ids: UserIds;
    employee_id: string | null;
    email: string | null;
    /** Masked, as Feishu shows it. */
    mobile: string | null;
    is_external: boolean;
}
export interface TrueRoom {
    room_id: string;
    /** Not unique: every fifth room bears the first room's name. */
    name: string;
    capacity: number;
    display_id: string;
    room_level_id: string;
    /** Level ids from the tenant level down to the room's own. */
    path: string[];
}
interface TrueLevel {
    room_level_id: string;
    name: string;
    parent_id: string;
    /** Level ids from the tenant level down to this one. */
    path: string[];
    has_child: boolean;
}
export interface Directory {
    people: Person[];
    externals: Person[];
    rooms: TrueRoom[];
    /** The tenant level stands first. */
    levels: TrueLevel[];
}
export interface DirectorySize {
    seed: string;
    people: number;
    rooms: number;
}
export declare function buildDirectory({ seed, people, rooms }: DirectorySize): Directory;
export declare function maskedPhone(...parts: (string | number)[]): string;
export {};
