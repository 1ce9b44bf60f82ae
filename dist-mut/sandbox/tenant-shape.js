export {};
//# sourceMappingURL=tenant-shape.js.map