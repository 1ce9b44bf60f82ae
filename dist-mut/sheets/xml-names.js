import { sameBytes } from './xml-bytes.js';
/** As many as the upper eight bits of a hash tell apart. */
const SLOTS = 256;
const QUALIFIED_NAME = /^(?:([\p{L}_][\p{L}\p{N}\p{M}_.·-]*):)?([\p{L}_][\p{L}\p{N}\p{M}_.·-]*)$/u;
/** One slot for each hash: a part with very many names replaces them, it does not fill the memory. */
export class XmlNames {
    #slots = Array(SLOTS);
    /** @returns undefined where the bytes are no name. */
    find(bytes, start, end, hash) {
        const slot = Math.imul(hash, 0x9e3779b1) >>> 24;
        const known = this.#slots[slot];
        if (known !== undefined && known.hash === hash && sameBytes(bytes, start, end, known.bytes))
            return known;
        const match = QUALIFIED_NAME.exec(bytes.toString('utf8', start, end));
        if (match?.[2] === undefined)
            return undefined;
        const name = { bytes: Buffer.from(bytes.subarray(start, end)), hash, prefix: match[1] ?? '', local: match[2] };
        return (this.#slots[slot] = { ...name, resolved: '', scope: -1 });
    }
}
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** Which prefix means which namespace, at the place the scanner has reached. */
export class XmlScopes {
    #own;
    #outer = [];
    #bindings = new Map([['xml', XML_NAMESPACE]]);
    #id = 0;
    #nextId = 1;
    #bareIsOwn = true;
    /** @param own the namespaces whose names are given without their namespace. */
    constructor(own) {
        this.#own = own;
    }
    /** Whether a name without a prefix is in one of the own namespaces, or in none. */
    get bareIsOwn() {
        return this.#bareIsOwn;
    }
    /** Binds prefixes ('' for none) for the element at this depth and what is inside it. */
    declare(depth, declared) {
        this.#outer.push({ depth, id: this.#id, bindings: this.#bindings });
        this.#bindings = new Map([...this.#bindings, ...declared]);
        this.#id = this.#nextId++;
        this.#bareIsOwn = this.#isOwn(this.#bindings.get('') ?? '');
    }
    /** The element at this depth has ended. */
    leave(depth) {
        const outer = this.#outer.at(-1);
        if (outer?.depth !== depth)
            return;
        this.#outer.pop();
        this.#id = outer.id;
        this.#bindings = outer.bindings;
        this.#bareIsOwn = this.#isOwn(this.#bindings.get('') ?? '');
    }
    /**
     * The local name in one of the own namespaces or in none (there are writers that declare none), else `{namespace}local`.
     * @returns undefined for a prefix that nothing declares.
     */
    resolve(name) {
        if (name.scope === this.#id)
            return name.resolved;
        const namespace = this.#bindings.get(name.prefix) ?? (name.prefix === '' ? '' : undefined);
        if (namespace === undefined)
            return undefined;
        name.resolved = this.#isOwn(namespace) ? name.local : `{${namespace}}${name.local}`;
        name.scope = this.#id;
        return name.resolved;
    }
    #isOwn(namespace) {
        return namespace === '' || this.#own.has(namespace);
    }
    namespaceOf(prefix) {
        return this.#bindings.get(prefix);
    }
}
//# sourceMappingURL=xml-names.js.map