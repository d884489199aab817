// The one place that knows where the package lies. CommonJS, because `__dirname` works the same for a file that is
// imported and one that is required, while `import.meta.url` does not exist in the CommonJS build. Reached as `#root`.
exports.packageRoot = __dirname;
