import { UnreadableFileError } from './errors.js';
import { MAIN_NAMESPACES, PACKAGE_RELATIONSHIPS, RELATIONSHIPS } from './namespaces.js';
import { XmlScanner } from './xml.js';
import { zipError } from './zip.js';
/** Follows the package's relationships to the workbook and its sheets: part names carry no meaning. */
export async function readWorkbook(context) {
    const roots = await readRelationships(context, '');
    const root = only(ofType(roots, 'officeDocument'), '_rels/.rels', 'workbook');
    if (root === undefined)
        throw zipError('missing-part', 'The file names no workbook', '_rels/.rels');
    const workbook = findPart(context.directory, root, '_rels/.rels');
    const relationships = await readRelationships(context, workbook.name);
    const strings = only(ofType(relationships, 'sharedStrings'), workbook.name, 'shared strings part');
    const { date1904, sheets } = await readSheetList(context, workbook);
    const worksheets = new Map(ofType(relationships, 'worksheet').map((relationship) => [relationship.id, relationship]));
    const known = new Set(relationships.map(({ id }) => id));
    return {
        date1904,
        sheets: sheets.flatMap(({ name, hidden, id }) => {
            if (!known.has(id))
                throw zipError('missing-part', 'A sheet has no part', workbook.name);
            const relationship = worksheets.get(id);
            return relationship === undefined
                ? []
                : [{ name, hidden, part: findPart(context.directory, relationship, workbook.name) }];
        }),
        sharedStrings: strings === undefined ? undefined : findPart(context.directory, strings, workbook.name),
    };
}
function ofType(relationships, name) {
    const types = RELATIONSHIPS.map((namespace) => `${namespace}/${name}`);
    return relationships.filter(({ type }) => types.includes(type));
}
function only(relationships, part, what) {
    if (relationships.length > 1)
        throw zipError('duplicate-part', `There is more than one ${what}`, part);
    return relationships[0];
}
function findPart(directory, relationship, from) {
    const { target } = relationship;
    if (target === undefined)
        throw zipError('missing-part', 'A part is outside the file', from);
    return lookUp(directory, target);
}
function lookUp(directory, name) {
    const entry = directory.get(name.toLowerCase());
    if (entry === undefined)
        throw zipError('missing-part', 'The part is not in the file', name);
    return entry;
}
async function readRelationships(context, part) {
    const folder = part.slice(0, part.lastIndexOf('/') + 1);
    const entry = lookUp(context.directory, `${folder}_rels/${part.slice(folder.length)}.rels`);
    const found = new Map();
    await readElements({ ...context, entry, own: PACKAGE_RELATIONSHIPS }, (scanner) => {
        if (scanner.depth === 1 && scanner.name !== 'Relationships')
            throw scanner.fail('bad-xml', 'The part lists no relationships');
        if (scanner.depth !== 2 || scanner.name !== 'Relationship')
            return;
        const id = scanner.attribute('Id');
        const type = scanner.attribute('Type');
        const target = scanner.attribute('Target');
        if (id === undefined || type === undefined || target === undefined)
            throw scanner.fail('bad-xml', 'A relationship is incomplete');
        if (found.has(id))
            throw scanner.fail('duplicate-part', 'Two relationships have one id');
        if (found.size >= context.limits.entries)
            throw scanner.fail('too-large', 'There are too many relationships');
        const external = scanner.attribute('TargetMode') === 'External';
        found.set(id, { id, type, target: external ? undefined : resolveTarget(folder, target, entry.name) });
    });
    return [...found.values()];
}
/** A target is relative to the folder of the part that has the relationship, or absolute within the package. */
function resolveTarget(folder, target, where) {
    const segments = [];
    for (const segment of `${target.startsWith('/') ? '' : folder}${target.replaceAll('\\', '/')}`.split('/')) {
        if (segment === '' || segment === '.')
            continue;
        if (segment !== '..')
            segments.push(segment);
        else if (segments.pop() === undefined)
            throw zipError('path', 'A relationship leaves the archive', where);
    }
    return segments.join('/');
}
async function readSheetList(context, entry) {
    const sheets = [];
    let date1904 = false;
    let inSheets = false;
    await readElements({ ...context, entry, own: MAIN_NAMESPACES }, (scanner) => {
        const { name, depth } = scanner;
        if (depth === 1 && name !== 'workbook')
            throw scanner.fail('bad-xml', 'The part is no workbook');
        if (depth === 2)
            inSheets = name === 'sheets';
        if (depth === 2 && name === 'workbookPr')
            date1904 = ['1', 'true'].includes(scanner.attribute('date1904') ?? '');
        if (depth !== 3 || !inSheets || name !== 'sheet')
            return;
        const ids = RELATIONSHIPS.map((namespace) => scanner.attribute(`{${namespace}}id`));
        const id = ids.find((value) => value !== undefined);
        if (id === undefined)
            throw scanner.fail('bad-xml', 'A sheet has no relationship');
        if (sheets.length >= context.limits.entries)
            throw scanner.fail('too-large', 'There are too many sheets');
        const hidden = (scanner.attribute('state') ?? 'visible') !== 'visible';
        sheets.push({ name: scanner.attribute('name') ?? '', hidden, id });
    });
    return { date1904, sheets };
}
async function readElements(input, onOpen) {
    const scanner = new XmlScanner({ part: input.entry.name, own: input.own, maxDepth: input.limits.depth });
    for await (const chunk of input.readPart(input.entry)) {
        scanner.push(chunk);
        for (let token = scanner.next(); token !== 'more'; token = scanner.next())
            if (token === 'open')
                onOpen(scanner);
    }
    scanner.finish();
}
/** The worksheet at this place among the visible ones. */
export function visibleSheet(workbook, index) {
    const sheet = workbook.sheets.filter(({ hidden }) => !hidden)[index];
    if (sheet === undefined) {
        throw new UnreadableFileError({
            code: 'missing-part',
            where: 'the workbook',
            message: `There is no visible worksheet ${index}`,
        });
    }
    return sheet.part;
}
//# sourceMappingURL=workbook.js.map