/** Pages of a list behind opaque tokens. A token belongs to one query: with other parameters it is refused. */
import type { Page } from '../feishu/contract.ts';
import type { Call } from './api.ts';
import type { FaultRule } from './faults.ts';
interface PageInput<Row> {
    rows: Row[];
    call: Call;
    pageSize: number;
    fault: FaultRule | undefined;
}
export declare function paginate<Row>({ rows, call, pageSize, fault }: PageInput<Row>): {
    rows: Row[];
    links: Page;
};
export {};
