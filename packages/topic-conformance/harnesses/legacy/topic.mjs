// The algorithm that the document of the legacy system specifies for its front end, line for line, without types. The
// document claims that it produces the same text as its Python algorithm. It does not, and the runner must detect that.

export function buildTopicParams(obj) {
  if (obj === null || obj === undefined) {
    return "";
  }

  if (typeof obj !== "object") {
    return JSON.stringify(obj);
  }

  if (Array.isArray(obj)) {
    return `[${obj.map(buildTopicParams).join(",")}]`;
  }

  const objRecord = obj;
  const sortedKeys = Object.keys(objRecord).sort();
  const pairs = sortedKeys.map((key) => `${JSON.stringify(key)}:${buildTopicParams(objRecord[key])}`);
  return `{${pairs.join(",")}}`;
}
