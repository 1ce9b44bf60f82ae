export {};
//# sourceMappingURL=committed-day.js.map