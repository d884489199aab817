// The algorithm that the origin document prints for its front end, line for line, without the types. It claims to agree
// with the Python printed above it. It does not, and the runner must say so.

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
