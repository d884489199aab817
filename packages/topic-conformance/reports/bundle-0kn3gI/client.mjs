import { createInterface } from "node:readline";
import { WebSocket } from "ws";
// packages/topic/src/code-point-order.ts
/**
* Sorts keys by code point, in place. `Array.prototype.sort` compares UTF-16 units instead, which puts U+1F600 before
* U+FFEE; Python does not.
*/
function sortByCodePoint(keys) {
	if (keys.length > 10) {
		keys.sort(compareCodePoints);
		return;
	}
	for (let end = 1; end < keys.length; end++) {
		const key = keys[end];
		let at = end;
		for (; at > 0 && compareCodePoints(keys[at - 1], key) > 0; at--) keys[at] = keys[at - 1];
		keys[at] = key;
	}
}
function compareCodePoints(left, right) {
	for (let index = 0;; index++) {
		const difference = (left.codePointAt(index) ?? -1) - (right.codePointAt(index) ?? -1);
		if (difference || index >= left.length) return difference;
	}
}
// packages/topic/src/errors.ts
/**
* The base class of all errors of `@trading/topic`: a value is not valid for its use.
*
* `code` is stable, for programs. `message` is for people: it contains the value, its path and a remedy. `path` is the
* JSON Pointer (RFC 6901) to the invalid value, `""` for the top level.
*/
var TopicError = class extends Error {
	name = "TopicError";
	constructor(code, path, message, cause) {
		super(message, { cause });
		this.code = code;
		this.path = path;
	}
};
/** Creates the error for `value` at `path`. `remedy` says what to use instead. */
function valueError(code, path, value, remedy, cause) {
	return new TopicError(code, path, `${code} at "${path.slice(0, 99)}": ${preview(value)}, ${remedy}`, cause);
}
/** Returns a `TopicError` unchanged, and wraps an error that a value threw while it was read (a getter, a proxy). */
function asTopicError(error, value) {
	return error instanceof TopicError ? error : valueError("unreadable", "", value, "use plain data", error);
}
/** Describes a value in about 40 characters. Never throws, even if the value does. */
function preview(value) {
	try {
		if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
		return (Object(value) === value ? Object.prototype.toString.call(value) : String(value)).slice(0, 40);
	} catch {
		return typeof value;
	}
}
/** Returns one step of a JSON Pointer, escaped. */
function pointerStep(key) {
	return `/${String(key).replace(/[~/]/g, (mark) => mark === "~" ? "~0" : "~1")}`;
}
// packages/topic/src/quote.ts
/**
* The maximum length of a topic's parameters, in characters. A value can share parts, so that 60 small arrays contain
* 2^60 values. Without this limit, such an input would hang the process.
*/
var MAX_LENGTH = 2 ** 24;
/** Returns a JSON string in printable ASCII, with all other UTF-16 units as lower-case `\uXXXX`. */
function quote(text) {
	return appendQuoted("", text);
}
/** Appends the quoted text. A fifth faster than quoting first and appending then. */
function appendQuoted(written, text) {
	return `${written}"${isPlain(text) ? text : escapeUnits(text)}"`;
}
/** Whether the text needs no escaping. Faster than a regular expression for short texts. */
function isPlain(text) {
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (unit < 32 || unit > 126 || unit === 34 || unit === 92) return false;
	}
	return true;
}
function escapeUnits(text) {
	return text.replace(/[^ !#-[\]-~]/g, (unit) => unit > "~" ? `\\u${(65536 + unit.charCodeAt(0)).toString(16).slice(1)}` : JSON.stringify(unit).slice(1, -1));
}
// packages/topic/src/read-fields.ts
/**
* Converts a params schema to {@link Fields}, without checking it against the contract. Separate from that check, so that
* browsers do not load the check's messages for routes that are known to pass it.
*/
function readFields(params) {
	return membersOf(params._zod.def.shape);
}
function membersOf(shape) {
	return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, fieldOf(schema)]));
}
function fieldOf(schema) {
	const { def } = schema._zod;
	switch (def.type) {
		case "string":
		case "boolean": return def.type;
		case "number": return "int";
		case "nullable": return { nullable: fieldOf(def.innerType) };
		case "array": return { array: fieldOf(def.element) };
		case "object": return { object: membersOf(def.shape) };
		default: return { enum: [...schema._zod.values] };
	}
}
/** Whether an update is the final state of its key, such as a filled order, according to the route's `keep.finished`. */
function isFinished({ keep }, update) {
	const finished = keep?.finished;
	return finished ? finished.values.includes(update?.[finished.field]) : false;
}
// packages/topic/src/frame-limits.ts
/**
* Returns how a JSON text exceeds the limits, `nested deeper than 32`; undefined if it does not. Counts brackets and commas
* outside of strings, without recursion, so that it is safe on any text.
*/
function excessOf(text, { maxLength = 65536, maxDepth = 32, maxElements = 4096 }) {
	if (maxLength && text.length > maxLength) return `longer than ${maxLength} characters`;
	let depth = 0;
	let elements = 0;
	let inString = false;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (inString) {
			if (unit === 92) index++;
			else inString = unit !== 34;
		} else if (unit === 34) inString = true;
		else if (unit === 44) elements++;
		else if ((unit & -33) === 91) {
			elements++;
			if (++depth > (maxDepth || 1 / 0)) return `nested deeper than ${maxDepth}`;
		} else if ((unit & -33) === 93) depth--;
		if (elements > (maxElements || 1 / 0)) return `more than ${maxElements} elements and members`;
	}
}
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/util.js
var Cached = class {
	constructor(getter) {
		this._getter = getter;
		this._value = void 0;
	}
	get value() {
		const getter = this._getter;
		if (getter !== void 0) {
			this._value = getter();
			this._getter = void 0;
		}
		return this._value;
	}
};
function cached(getter) {
	return new Cached(getter);
}
function nullish(input) {
	return input === null || input === void 0;
}
function cleanRegex(source) {
	const start = source.startsWith("^") ? 1 : 0;
	const end = source.endsWith("$") ? source.length - 1 : source.length;
	return source.slice(start, end);
}
function assignProp(target, prop, value) {
	Object.defineProperty(target, prop, {
		value,
		writable: true,
		enumerable: true,
		configurable: true
	});
}
/**
* Whichever object a def's `shape` currently answers from: the one the caller passed until the first read, the frozen copy after it.
*
* Its keys and descriptors read without invoking anything, which is what lets a discriminated union check its discriminator, and the cycle walk read a shape, without resolving a getter that references the schema being constructed. A def that answers `shape` from an accessor of its own has none.
*/
function rawShape(def) {
	const desc = Object.getOwnPropertyDescriptor(def, "shape");
	return desc?.get ? desc.get.raw : desc?.value;
}
"captureStackTrace" in Error && Error.captureStackTrace;
function isObject$1(data) {
	return typeof data === "object" && data !== null && !Array.isArray(data);
}
function escapeRegex(str) {
	return str.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
function optionalKeys(shape) {
	return Object.keys(shape).filter((k) => {
		return shape[k]._zod.optin !== void 0 && shape[k]._zod.optout === "optional";
	});
}
var NUMBER_FORMAT_RANGES = /*@__PURE__*/ (() => ({
	safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
	int32: [-2147483648, 2147483647],
	uint32: [0, 4294967295],
	float32: [-34028234663852886e22, 34028234663852886e22],
	float64: [-Number.MAX_VALUE, Number.MAX_VALUE]
}))();
function aborted(x, startIndex = 0) {
	if (x.aborted === true) return true;
	for (let i = startIndex; i < x.issues.length; i++) if (x.issues[i]?.continue !== true) return true;
	return false;
}
function explicitlyAborted(x, startIndex = 0) {
	if (x.aborted === true) return true;
	for (let i = startIndex; i < x.issues.length; i++) if (x.issues[i]?.continue === false) return true;
	return false;
}
function prefixIssues(path, issues) {
	return issues.map((iss) => {
		var _a;
		(_a = iss).path ?? (_a.path = []);
		iss.path.unshift(path);
		return iss;
	});
}
function unwrapMessage(message) {
	return typeof message === "string" ? message : message?.message;
}
/** The leading size checks of `defChecks` that set an upper bound, each paired with it. */
function sizeCaps(defChecks) {
	const caps = [];
	for (const ch of defChecks ?? []) {
		const d = ch._zod.def;
		if (!/_(length|size)$|_equals$/.test(d.check)) break;
		const max = d.maximum ?? d.length ?? d.size;
		if (max >= 0) caps.push([max, ch]);
	}
	return caps;
}
function attachSchema(issues, start, inst) {
	var _a;
	for (let i = start; i < issues.length; i++) (_a = issues[i]).schema ?? (_a.schema = inst);
}
function finalizeIssue(iss, ctx, config) {
	var _a;
	const traits = iss.inst?._zod?.traits;
	if (traits?.has("$ZodType")) {
		if (traits.has("$ZodCheck")) (_a = iss).schema ?? (_a.schema = iss.inst);
		else iss.schema = iss.inst;
	}
	const schemaError = iss.schema !== iss.inst ? iss.schema?._zod.def?.error : void 0;
	const message = iss.message ? iss.message : unwrapMessage(iss.inst?._zod.def?.error?.(iss)) ?? unwrapMessage(schemaError?.(iss)) ?? unwrapMessage(ctx?.error?.(iss)) ?? unwrapMessage(config.customError?.(iss)) ?? unwrapMessage(config.localeError?.(iss)) ?? "Invalid input";
	const full = {};
	for (const k of Object.keys(iss)) {
		if (k === "inst" || k === "schema" || k === "continue" || k === "input" || k === "__proto__") continue;
		full[k] = iss[k];
	}
	full.path ?? (full.path = []);
	full.message = message;
	if (ctx?.reportInput) full.input = iss.input;
	return full;
}
var highSurrogate = /[\uD800-\uDBFF]/;
function codePointLength(str) {
	const units = str.length;
	if (!highSurrogate.test(str)) return units;
	let count = units;
	for (let i = 0; i < units - 1; i++) if ((str.charCodeAt(i) & 64512) === 55296 && (str.charCodeAt(i + 1) & 64512) === 56320) {
		count--;
		i++;
	}
	return count;
}
function getLengthableOrigin(input) {
	if (Array.isArray(input)) return "array";
	if (typeof input === "string") return "string";
	return "unknown";
}
/**
* Installs a trait's members on its prototype. Each value builds that member for the instance on first read; the built value shadows the accessor as an own property, so a detached `const { parse } = schema` keeps working.
*
* Call this from a `proto` initializer, which runs once per prototype — never per instance.
*/
function members(proto, table) {
	for (const key in table) {
		const desc = Object.getOwnPropertyDescriptor(table, key);
		if (desc.get) Object.defineProperty(proto, key, {
			...desc,
			enumerable: false
		});
		else defineBound(proto, key, desc.value);
	}
}
/** Shadows a prototype member with an own value, so a getter that builds from the instance runs once. */
function own(inst, key, value, enumerable = true) {
	Object.defineProperty(inst, key, {
		configurable: true,
		writable: true,
		enumerable,
		value
	});
	return value;
}
/** Like {@link own}, for a member that was never an own data property and has to stay out of `Object.keys`. */
function hide(inst, key, value) {
	return own(inst, key, value, false);
}
function defineBound(proto, key, fn) {
	Object.defineProperty(proto, key, {
		configurable: true,
		get() {
			return this == null ? fn : own(this, key, fn.bind(this));
		},
		set(value) {
			own(this, key, value);
		}
	});
}
var installing;
var broke = false;
var breaker = {
	configurable: true,
	get() {
		broke = true;
	}
};
/**
* Installs a lazily-derived internal on the `_zod` prototype of `inst`'s
* constructor, computed from the internals object itself and cached there on
* first read. One accessor per constructor rather than one per instance.
*/
function defineLazyInternal(inst, key, compute) {
	const proto = Object.getPrototypeOf(inst._zod);
	if (key in proto && installing !== inst._zod) {
		installing = void 0;
		return;
	}
	installing = inst._zod;
	Object.defineProperty(proto, key, {
		configurable: true,
		get() {
			Object.defineProperty(this, key, breaker);
			const outer = broke;
			broke = false;
			try {
				const value = compute(this);
				if (broke) delete this[key];
				else Object.defineProperty(this, key, {
					configurable: true,
					writable: true,
					value
				});
				broke = broke || outer;
				return value;
			} catch (err) {
				delete this[key];
				broke = broke || outer;
				throw err;
			}
		},
		set(value) {
			Object.defineProperty(this, key, {
				configurable: true,
				writable: true,
				value
			});
		}
	});
}
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/core.js
var _a;
var _zodDesc = {
	value: void 0,
	enumerable: false
};
var _E = "captureStackTrace" in Error ? Error : null;
function newError(Definition) {
	const E = _E;
	if (E) {
		const saved = E.stackTraceLimit;
		if (typeof saved === "number") {
			try {
				E.stackTraceLimit = 0;
			} catch {
				_E = null;
				return new Definition();
			}
			try {
				return new Definition();
			} finally {
				E.stackTraceLimit = saved;
			}
		}
	}
	return new Definition();
}
/* @__NO_SIDE_EFFECTS__ */
function $constructor(name, initializer, proto, params) {
	const zodProto = {};
	function Internals(def) {
		this.def = def;
		this.constr = _;
		this.traits = /* @__PURE__ */ new Set();
	}
	Internals.prototype = zodProto;
	const protoMembers = proto;
	const initialized = protoMembers && /* @__PURE__ */ new WeakSet();
	function init(inst, def) {
		if (!inst._zod) {
			_zodDesc.value = new Internals(def);
			try {
				Object.defineProperty(inst, "_zod", _zodDesc);
			} finally {
				_zodDesc.value = void 0;
			}
		} else if (inst._zod.traits.has(name)) return;
		inst._zod.traits.add(name);
		initializer(inst, def);
		if (initialized) {
			const own = Object.getPrototypeOf(inst);
			const ctorProto = inst._zod.constr.prototype;
			let up = own;
			while (up && up !== ctorProto) up = Object.getPrototypeOf(up);
			const target = up ?? own;
			if (!initialized.has(target)) {
				initialized.add(target);
				members(target, protoMembers);
			}
		}
		const proto = _.prototype;
		for (const k in proto) {
			if (!Object.prototype.hasOwnProperty.call(proto, k)) continue;
			if (!(k in inst)) inst[k] = proto[k].bind(inst);
		}
	}
	const Parent = params?.Parent ?? Object;
	class Definition extends Parent {}
	Object.defineProperty(Definition, "name", { value: name });
	function _(def) {
		const inst = params?.Parent ? newError(Definition) : this;
		init(inst, def);
		const deferred = inst._zod.deferred;
		if (deferred) {
			for (const fn of deferred) fn();
			inst._zod.deferred = void 0;
		}
		const pp = globalThis.__zod_globalConfig?.postProcessor;
		if (pp) pp(inst);
		return inst;
	}
	Object.defineProperty(_, "init", { value: init });
	Object.defineProperty(_, Symbol.hasInstance, { value: (inst) => {
		if (params?.Parent && inst instanceof params.Parent) return true;
		return inst?._zod?.traits?.has(name);
	} });
	Object.defineProperty(_, "name", { value: name });
	return _;
}
var $ZodAsyncError = class extends Error {
	constructor() {
		super(`Encountered Promise during synchronous parse. Use .parseAsync() instead.`);
	}
};
(_a = globalThis).__zod_globalConfig ?? (_a.__zod_globalConfig = {});
var globalConfig = globalThis.__zod_globalConfig;
function config(newConfig) {
	if (newConfig) Object.assign(globalConfig, newConfig);
	return globalConfig;
}
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/parse.js
var _safeParse = (_Err) => (schema, value, _ctx) => {
	const ctx = _ctx ? {
		..._ctx,
		async: false
	} : { async: false };
	const result = schema._zod.run({
		value,
		issues: []
	}, ctx);
	if (result instanceof Promise) throw new $ZodAsyncError();
	return result.issues.length ? failure(_Err, result.issues, ctx) : {
		success: true,
		data: result.value
	};
};
function failure(Err, issues, ctx) {
	let error;
	return {
		success: false,
		get error() {
			if (!error) {
				error = new Err(issues.map((iss) => finalizeIssue(iss, ctx, config())));
				issues = void 0;
				ctx = void 0;
			}
			return error;
		},
		set error(e) {
			error = e;
			issues = void 0;
			ctx = void 0;
		}
	};
}
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/regexes.js
var anyString = /^[\s\S]{0,}$/;
var number$1 = /^-?\d+(?:\.\d+)?$/;
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/checks.js
var $ZodCheck = /*@__PURE__*/ $constructor("$ZodCheck", (inst, def) => {
	var _a;
	inst._zod ?? (inst._zod = {});
	inst._zod.def = def;
	(_a = inst._zod).onattach ?? (_a.onattach = []);
});
/** Default `when` for length-based checks: run only on non-nullish values with a `length`. */
var _whenHasLength = (payload) => {
	const val = payload.value;
	return !nullish(val) && val.length !== void 0;
};
var numericOriginMap = {
	number: "number",
	bigint: "bigint",
	object: "date"
};
var $ZodCheckLessThan = /*@__PURE__*/ $constructor("$ZodCheckLessThan", (inst, def) => {
	$ZodCheck.init(inst, def);
	const origin = numericOriginMap[typeof def.value];
	inst._zod.check = (payload) => {
		if (def.inclusive ? payload.value <= def.value : payload.value < def.value) return;
		payload.issues.push({
			origin: numericOriginMap[typeof payload.value] ?? origin,
			code: "too_big",
			maximum: typeof def.value === "object" ? def.value.getTime() : def.value,
			input: payload.value,
			inclusive: def.inclusive,
			inst,
			continue: !def.abort
		});
	};
});
var $ZodCheckGreaterThan = /*@__PURE__*/ $constructor("$ZodCheckGreaterThan", (inst, def) => {
	$ZodCheck.init(inst, def);
	const origin = numericOriginMap[typeof def.value];
	inst._zod.check = (payload) => {
		if (def.inclusive ? payload.value >= def.value : payload.value > def.value) return;
		payload.issues.push({
			origin: numericOriginMap[typeof payload.value] ?? origin,
			code: "too_small",
			minimum: typeof def.value === "object" ? def.value.getTime() : def.value,
			input: payload.value,
			inclusive: def.inclusive,
			inst,
			continue: !def.abort
		});
	};
});
var $ZodCheckNumberFormat = /*@__PURE__*/ $constructor("$ZodCheckNumberFormat", (inst, def) => {
	$ZodCheck.init(inst, def);
	def.format = def.format || "float64";
	const isInt = def.format?.includes("int");
	const origin = isInt ? "int" : "number";
	const [minimum, maximum] = NUMBER_FORMAT_RANGES[def.format];
	inst._zod.check = (payload) => {
		const input = payload.value;
		if (isInt) {
			if (!Number.isInteger(input)) {
				payload.issues.push({
					expected: origin,
					format: def.format,
					code: "invalid_type",
					continue: false,
					input,
					inst
				});
				return;
			}
			if (!Number.isSafeInteger(input)) {
				if (input > 0) payload.issues.push({
					input,
					code: "too_big",
					maximum: Number.MAX_SAFE_INTEGER,
					note: "Integers must be within the safe integer range.",
					inst,
					origin,
					inclusive: true,
					continue: !def.abort
				});
				else payload.issues.push({
					input,
					code: "too_small",
					minimum: Number.MIN_SAFE_INTEGER,
					note: "Integers must be within the safe integer range.",
					inst,
					origin,
					inclusive: true,
					continue: !def.abort
				});
				return;
			}
		}
		if (input < minimum) payload.issues.push({
			origin: "number",
			input,
			code: "too_small",
			minimum,
			inclusive: true,
			inst,
			continue: !def.abort
		});
		if (input > maximum) payload.issues.push({
			origin: "number",
			input,
			code: "too_big",
			maximum,
			inclusive: true,
			inst,
			continue: !def.abort
		});
	};
});
var $ZodCheckMaxLength = /*@__PURE__*/ $constructor("$ZodCheckMaxLength", (inst, def) => {
	var _a;
	$ZodCheck.init(inst, def);
	(_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
	inst._zod.check = (payload) => {
		const input = payload.value;
		const units = input.length;
		if ((typeof input === "string" && units > def.maximum ? codePointLength(input) : units) <= def.maximum) return;
		const origin = getLengthableOrigin(input);
		payload.issues.push({
			origin,
			code: "too_big",
			maximum: def.maximum,
			inclusive: true,
			input,
			inst,
			continue: !def.abort
		});
	};
});
var $ZodCheckMinLength = /*@__PURE__*/ $constructor("$ZodCheckMinLength", (inst, def) => {
	var _a;
	$ZodCheck.init(inst, def);
	(_a = inst._zod.def).when ?? (_a.when = _whenHasLength);
	inst._zod.check = (payload) => {
		const input = payload.value;
		const units = input.length;
		if ((typeof input === "string" && units >= def.minimum && units < def.minimum * 2 ? codePointLength(input) : units) >= def.minimum) return;
		const origin = getLengthableOrigin(input);
		payload.issues.push({
			origin,
			code: "too_small",
			minimum: def.minimum,
			inclusive: true,
			input,
			inst,
			continue: !def.abort
		});
	};
});
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/versions.js
var version = {
	major: 4,
	minor: 6,
	patch: 7
};
// node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/schemas.js
var $ZodType = /*@__PURE__*/ $constructor("$ZodType", (inst, def) => {
	var _a;
	inst ?? (inst = {});
	inst._zod.def = def;
	inst._zod.bag = inst._zod.bag || {};
	inst._zod.version = version;
	const defChecks = inst._zod.def.checks;
	const checks = inst._zod.traits.has("$ZodCheck") ? [inst, ...defChecks ?? []] : defChecks?.length ? [...defChecks] : [];
	for (const ch of checks) for (const fn of ch._zod.onattach) fn(inst);
	if (checks.length === 0) {
		(_a = inst._zod).deferred ?? (_a.deferred = []);
		inst._zod.deferred?.push(() => {
			inst._zod.run = inst._zod.parse;
		});
	} else {
		const runChecks = (payload, checks, ctx) => {
			if (payload.memo) return payload;
			let isAborted = aborted(payload);
			let asyncResult;
			for (const ch of checks) {
				if (ch._zod.def.when) {
					if (explicitlyAborted(payload)) continue;
					if (!ch._zod.def.when(payload)) continue;
				} else if (isAborted) continue;
				const currLen = payload.issues.length;
				const _ = ch._zod.check(payload);
				if (_ instanceof Promise && ctx?.async === false) throw new $ZodAsyncError();
				if (asyncResult || _ instanceof Promise) asyncResult = (asyncResult ?? Promise.resolve()).then(async () => {
					await _;
					if (payload.issues.length === currLen) return;
					attachSchema(payload.issues, currLen, inst);
					if (!isAborted) isAborted = aborted(payload, currLen);
				});
				else {
					if (payload.issues.length === currLen) continue;
					attachSchema(payload.issues, currLen, inst);
					if (!isAborted) isAborted = aborted(payload, currLen);
				}
			}
			if (asyncResult) return asyncResult.then(() => {
				return payload;
			});
			return payload;
		};
		const handleCanaryResult = (canary, payload, ctx) => {
			if (aborted(canary)) {
				canary.aborted = true;
				return canary;
			}
			const checkResult = runChecks(payload, checks, ctx);
			if (checkResult instanceof Promise) {
				if (ctx.async === false) throw new $ZodAsyncError();
				return checkResult.then((checkResult) => inst._zod.parse(checkResult, ctx));
			}
			return inst._zod.parse(checkResult, ctx);
		};
		inst._zod.run = (payload, ctx) => {
			if (ctx.skipChecks) return inst._zod.parse(payload, ctx);
			if (ctx.direction === "backward") {
				const canary = inst._zod.parse({
					value: payload.value,
					issues: []
				}, {
					...ctx,
					skipChecks: true
				});
				if (canary instanceof Promise) return canary.then((canary) => {
					return handleCanaryResult(canary, payload, ctx);
				});
				return handleCanaryResult(canary, payload, ctx);
			}
			const result = inst._zod.parse(payload, ctx);
			if (result instanceof Promise) {
				if (ctx.async === false) throw new $ZodAsyncError();
				return result.then((result) => runChecks(result, checks, ctx));
			}
			return runChecks(result, checks, ctx);
		};
	}
}, {
	get "~standard"() {
		return hide(this, "~standard", standardProps(this));
	},
	set "~standard"(value) {
		own(this, "~standard", value);
	}
});
/** The Standard Schema surface for `inst`. Shared so wrappers can extend it without forcing it. */
var toStandardResult = (r, ctx) => r.issues.length ? { issues: r.issues.map((iss) => finalizeIssue(iss, ctx, config())) } : { value: r.value };
async function validateAsync(inst, value) {
	const ctx = { async: true };
	return toStandardResult(await inst._zod.run({
		value,
		issues: []
	}, ctx), ctx);
}
function standardProps(inst) {
	return {
		validate: (value) => {
			const ctx = { async: false };
			try {
				const r = inst._zod.run({
					value,
					issues: []
				}, ctx);
				if (!(r instanceof Promise)) return toStandardResult(r, ctx);
			} catch (_) {}
			return validateAsync(inst, value);
		},
		vendor: "zod",
		version: 1
	};
}
var $ZodString = /*@__PURE__*/ $constructor("$ZodString", (inst, def) => {
	$ZodType.init(inst, def);
	inst._zod.pattern = def.pattern ?? anyString;
	inst._zod.parse = (payload, _) => {
		if (def.coerce) try {
			payload.value = String(payload.value);
		} catch (_) {}
		if (typeof payload.value === "string") return payload;
		payload.issues.push({
			expected: "string",
			code: "invalid_type",
			input: payload.value,
			inst
		});
		return payload;
	};
});
var $ZodNumber = /*@__PURE__*/ $constructor("$ZodNumber", (inst, def) => {
	$ZodType.init(inst, def);
	inst._zod.pattern = number$1;
	inst._zod.parse = (payload, _ctx) => {
		if (def.coerce) try {
			payload.value = Number(payload.value);
		} catch (_) {}
		const input = payload.value;
		if (typeof input === "number" && !Number.isNaN(input) && Number.isFinite(input)) return payload;
		const received = typeof input === "number" ? Number.isNaN(input) ? "NaN" : !Number.isFinite(input) ? String(input) : void 0 : void 0;
		payload.issues.push({
			expected: "number",
			code: "invalid_type",
			input,
			inst,
			...received ? { received } : {}
		});
		return payload;
	};
});
var $ZodNumberFormat = /*@__PURE__*/ $constructor("$ZodNumberFormat", (inst, def) => {
	$ZodCheckNumberFormat.init(inst, def);
	$ZodNumber.init(inst, def);
});
function capSize(inst, size) {
	const caps = sizeCaps(inst._zod.def.checks);
	if (!caps.length) return;
	const cap = Math.min(...caps.map((c) => c[0]));
	const parse = inst._zod.parse;
	inst._zod.parse = (payload, ctx) => {
		const n = size(payload.value);
		if (n > cap && !ctx?.skipChecks && ctx?.direction !== "backward") {
			for (const [max, ch] of sizeCaps(inst._zod.def.checks)) if (n > max && ch._zod.def.when(payload)) {
				const start = payload.issues.length;
				ch._zod.check(payload);
				payload.issues[start].continue = false;
				attachSchema(payload.issues, start, inst);
				return payload;
			}
		}
		return parse(payload, ctx);
	};
}
var arraySize = (input) => Array.isArray(input) ? input.length : -1;
function handleArrayResult(result, final, index) {
	if (result.issues.length) final.issues.push(...prefixIssues(index, result.issues));
	final.value[index] = result.value;
}
var $ZodArray = /*@__PURE__*/ $constructor("$ZodArray", (inst, def) => {
	$ZodType.init(inst, def);
	const memo = globalConfig.memoizer;
	memo?.attach(inst);
	inst._zod.parse = (payload, ctx) => {
		const input = payload.value;
		if (!Array.isArray(input)) {
			payload.issues.push({
				expected: "array",
				code: "invalid_type",
				input,
				inst
			});
			return payload;
		}
		payload.value = memo ? memo.alloc(inst, payload, Array(input.length), ctx) : Array(input.length);
		const proms = [];
		const abortEarly = ctx?.abortEarly;
		for (let i = 0; i < input.length; i++) {
			const item = input[i];
			const result = def.element._zod.run({
				value: item,
				issues: []
			}, ctx);
			if (result instanceof Promise) proms.push(result.then((result) => handleArrayResult(result, payload, i)));
			else {
				handleArrayResult(result, payload, i);
				if (abortEarly && result.issues.length !== 0 && aborted(result)) break;
			}
		}
		if (proms.length) return Promise.all(proms).then(() => payload);
		return payload;
	};
	capSize(inst, arraySize);
});
function handlePropertyResult(result, final, key, input, optin, optout) {
	const isPresent = key in input;
	const isOptionalOut = optout === "optional";
	if (!isPresent && isOptionalOut && optin === "optional") return;
	if (result.issues.length) {
		if (optin !== void 0 && isOptionalOut && !isPresent) return;
		final.issues.push(...prefixIssues(key, result.issues));
	}
	if (!isPresent && optin === void 0) {
		if (!result.issues.length) final.issues.push({
			code: "invalid_type",
			expected: "nonoptional",
			input: void 0,
			path: [key]
		});
		return;
	}
	if (result.value === void 0) {
		if (isPresent || optin === "defaulted" && !isOptionalOut) final.value[key] = void 0;
	} else final.value[key] = result.value;
}
var NO_SYMBOL_KEYS = [];
function normalizeDef(def) {
	const keys = Object.keys(def.shape);
	const ownSymbols = Object.getOwnPropertySymbols(def.shape);
	const symbolKeys = ownSymbols.length ? ownSymbols : NO_SYMBOL_KEYS;
	const allKeys = symbolKeys.length ? [...keys, ...symbolKeys] : keys;
	for (const k of allKeys) if (!def.shape?.[k]?._zod?.traits?.has("$ZodType")) throw new Error(`Invalid element at key "${String(k)}": expected a Zod schema`);
	const okeys = optionalKeys(def.shape);
	return {
		...def,
		allKeys,
		symbolKeys,
		keySet: new Set(keys),
		numKeys: keys.length,
		optionalKeys: new Set(okeys)
	};
}
function handleCatchall(proms, input, payload, ctx, def, inst, abortEarly) {
	const unrecognized = [];
	const keySet = def.keySet;
	const _catchall = def.catchall._zod;
	const t = _catchall.def.type;
	const optin = _catchall.optin;
	const optout = _catchall.optout;
	let seen = 0;
	for (const key in input) {
		if (abortEarly && payload.issues.length !== seen) {
			if (aborted(payload, seen)) break;
			seen = payload.issues.length;
		}
		if (keySet.has(key)) continue;
		if (key === "__proto__") {
			if (t === "never") unrecognized.push(key);
			continue;
		}
		if (t === "never") {
			unrecognized.push(key);
			continue;
		}
		const r = _catchall.run({
			value: input[key],
			issues: []
		}, ctx);
		if (r instanceof Promise) proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
		else handlePropertyResult(r, payload, key, input, optin, optout);
	}
	if (unrecognized.length) payload.issues.push({
		code: "unrecognized_keys",
		keys: unrecognized,
		input,
		inst,
		continue: true
	});
	if (!proms.length) return payload;
	return Promise.all(proms).then(() => {
		return payload;
	});
}
var $ZodObject = /*@__PURE__*/ $constructor("$ZodObject", (inst, def) => {
	$ZodType.init(inst, def);
	const desc = Object.getOwnPropertyDescriptor(def, "shape");
	const sh = desc?.get ? desc.get.raw : def.shape ?? {};
	if (sh) {
		const get = () => {
			const newSh = { ...sh };
			Object.defineProperty(def, "shape", { value: newSh });
			get.raw = newSh;
			return newSh;
		};
		get.raw = sh;
		Object.defineProperty(def, "shape", { get });
	}
	const _normalized = cached(() => normalizeDef(def));
	defineLazyInternal(inst, "propValues", (zod) => {
		const shape = zod.def.shape;
		const propValues = {};
		for (const key in shape) {
			const field = shape[key]._zod;
			if (field.values) {
				if (!Object.prototype.hasOwnProperty.call(propValues, key)) assignProp(propValues, key, /* @__PURE__ */ new Set());
				for (const v of field.values) propValues[key].add(v);
				if (field.optin !== void 0) propValues[key].add(void 0);
			}
		}
		return propValues;
	});
	const isObject = isObject$1;
	const catchall = def.catchall;
	let value;
	const memo = globalConfig.memoizer;
	memo?.attach(inst);
	inst._zod.parse = (payload, ctx) => {
		value ?? (value = _normalized.value);
		const input = payload.value;
		if (!isObject(input)) {
			payload.issues.push({
				expected: "object",
				code: "invalid_type",
				input,
				inst
			});
			return payload;
		}
		payload.value = memo ? memo.alloc(inst, payload, {}, ctx) : {};
		const proms = [];
		const shape = value.shape;
		const abortEarly = ctx?.abortEarly;
		let seen = payload.issues.length;
		for (const key of value.allKeys) {
			if (abortEarly && payload.issues.length !== seen) {
				if (aborted(payload, seen)) break;
				seen = payload.issues.length;
			}
			if (key === "__proto__") continue;
			const el = shape[key];
			const optin = el._zod.optin;
			const optout = el._zod.optout;
			const r = el._zod.run({
				value: input[key],
				issues: []
			}, ctx);
			if (r instanceof Promise) proms.push(r.then((r) => handlePropertyResult(r, payload, key, input, optin, optout)));
			else handlePropertyResult(r, payload, key, input, optin, optout);
		}
		if (!catchall) return proms.length ? Promise.all(proms).then(() => payload) : payload;
		return handleCatchall(proms, input, payload, ctx, _normalized.value, inst, abortEarly === true);
	};
});
function handleUnionResults(results, final, inst, ctx) {
	for (const result of results) if (result.issues.length === 0) {
		final.value = result.value;
		return final;
	}
	const nonaborted = results.filter((r) => !aborted(r));
	if (nonaborted.length === 1) {
		final.value = nonaborted[0].value;
		return nonaborted[0];
	}
	final.issues.push({
		code: "invalid_union",
		input: final.value,
		inst,
		errors: results.map((result) => result.issues.map((iss) => finalizeIssue(iss, ctx, config())))
	});
	return final;
}
var $ZodUnion = /*@__PURE__*/ $constructor("$ZodUnion", (inst, def) => {
	$ZodType.init(inst, def);
	defineLazyInternal(inst, "optin", (zod) => zod.def.options.some((o) => o._zod.optin === "defaulted") ? "defaulted" : zod.def.options.some((o) => o._zod.optin !== void 0) ? "optional" : void 0);
	defineLazyInternal(inst, "optout", (zod) => zod.def.options.some((o) => o._zod.optout === "optional") ? "optional" : void 0);
	defineLazyInternal(inst, "values", (zod) => {
		if (zod.def.options.every((o) => o._zod.values)) return new Set(zod.def.options.flatMap((option) => Array.from(option._zod.values)));
	});
	defineLazyInternal(inst, "pattern", (zod) => {
		if (zod.def.options.every((o) => o._zod.pattern)) {
			const patterns = zod.def.options.map((o) => o._zod.pattern);
			return new RegExp(`^(${patterns.map((p) => cleanRegex(p.source)).join("|")})$`);
		}
	});
	const first = def.options.length === 1 ? def.options[0]._zod.run : null;
	inst._zod.parse = (payload, ctx) => {
		if (first) return first(payload, ctx);
		let async = false;
		const results = [];
		for (const option of def.options) {
			const result = option._zod.run({
				value: payload.value,
				issues: []
			}, ctx);
			if (result instanceof Promise) {
				results.push(result);
				async = true;
			} else {
				if (result.issues.length === 0) return result;
				results.push(result);
			}
		}
		if (!async) return handleUnionResults(results, payload, inst, ctx);
		return Promise.all(results).then((results) => {
			return handleUnionResults(results, payload, inst, ctx);
		});
	};
});
function discriminatorMap(def) {
	const map = /* @__PURE__ */ new Map();
	for (const option of def.options) {
		const values = option._zod.propValues?.[def.discriminator];
		if (!values || values.size === 0) throw new Error(`Invalid discriminated union option at index "${def.options.indexOf(option)}"`);
		for (const value of values) if (map.has(value)) {
			if (value !== void 0) throw new Error(`Duplicate discriminator value "${String(value)}"`);
			map.set(value, null);
		} else map.set(value, option);
	}
	return map;
}
var $ZodDiscriminatedUnion = /*@__PURE__*/ $constructor("$ZodDiscriminatedUnion", (inst, def) => {
	def.inclusive = false;
	$ZodUnion.init(inst, def);
	const _super = inst._zod.parse;
	defineLazyInternal(inst, "propValues", (zod) => {
		const propValues = {};
		let undefinedCount = 0;
		for (const option of zod.def.options) {
			const pv = option._zod.propValues;
			if (!pv || Object.keys(pv).length === 0) throw new Error(`Invalid discriminated union option at index "${zod.def.options.indexOf(option)}"`);
			if (pv[zod.def.discriminator]?.has(void 0)) undefinedCount++;
			for (const [k, v] of Object.entries(pv)) {
				if (!Object.prototype.hasOwnProperty.call(propValues, k)) assignProp(propValues, k, /* @__PURE__ */ new Set());
				for (const val of v) propValues[k].add(val);
			}
		}
		if (!zod.def.unionFallback && undefinedCount > 1) propValues[zod.def.discriminator]?.delete(void 0);
		return propValues;
	});
	def.options.forEach((option, i) => {
		const propShape = rawShape(option._zod.def);
		if (propShape && !Object.prototype.hasOwnProperty.call(propShape, def.discriminator)) throw new Error(`Invalid discriminated union option at index "${i}"`);
	});
	const disc = cached(() => discriminatorMap(def));
	inst._zod.parse = (payload, ctx) => {
		const input = payload.value;
		if (!isObject$1(input)) {
			payload.issues.push({
				code: "invalid_type",
				expected: "object",
				input,
				inst
			});
			return payload;
		}
		const value = input?.[def.discriminator];
		const opt = disc.value.get(value);
		if (opt && (value !== void 0 || ctx.direction !== "backward")) return opt._zod.run(payload, ctx);
		if (def.unionFallback || ctx.direction === "backward") return _super(payload, ctx);
		payload.issues.push({
			code: "invalid_union",
			errors: [],
			note: "No matching discriminator",
			discriminator: def.discriminator,
			options: Array.from(disc.value.keys()).filter((value) => disc.value.get(value) !== null),
			input,
			path: [def.discriminator],
			inst
		});
		return payload;
	};
});
var $ZodLiteral = /*@__PURE__*/ $constructor("$ZodLiteral", (inst, def) => {
	$ZodType.init(inst, def);
	const values = new Set(def.values);
	inst._zod.values = values;
	defineLazyInternal(inst, "pattern", (zod) => {
		const vals = zod.def.values;
		return new RegExp(vals.length ? `^(${vals.map((o) => typeof o === "string" ? escapeRegex(o) : o ? escapeRegex(o.toString()) : String(o)).join("|")})$` : "^[^\\s\\S]$");
	});
	inst._zod.parse = (payload, _ctx) => {
		const input = payload.value;
		if (values.has(input)) return payload;
		payload.issues.push({
			code: "invalid_value",
			values: def.values,
			input,
			inst
		});
		return payload;
	};
});
function handleOptionalResult(payload, result) {
	payload.value = result.issues.length ? void 0 : result.value;
	return payload;
}
var $ZodOptional = /*@__PURE__*/ $constructor("$ZodOptional", (inst, def) => {
	$ZodType.init(inst, def);
	defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin === "defaulted" ? "defaulted" : "optional");
	inst._zod.optout = "optional";
	defineLazyInternal(inst, "values", (zod) => {
		const values = zod.def.innerType._zod.values;
		return values ? /* @__PURE__ */ new Set([...values, void 0]) : void 0;
	});
	defineLazyInternal(inst, "pattern", (zod) => {
		const pattern = zod.def.innerType._zod.pattern;
		return pattern ? new RegExp(`^(${cleanRegex(pattern.source)})?$`) : void 0;
	});
	inst._zod.parse = (payload, ctx) => {
		if (payload.value === void 0) {
			if (def.innerType._zod.optin !== "defaulted") return payload;
			const result = def.innerType._zod.run({
				value: payload.value,
				issues: []
			}, ctx);
			if (result instanceof Promise) return result.then((result) => handleOptionalResult(payload, result));
			return handleOptionalResult(payload, result);
		}
		return def.innerType._zod.run(payload, ctx);
	};
});
var $ZodNullable = /*@__PURE__*/ $constructor("$ZodNullable", (inst, def) => {
	$ZodType.init(inst, def);
	defineLazyInternal(inst, "optin", (zod) => zod.def.innerType._zod.optin);
	defineLazyInternal(inst, "optout", (zod) => zod.def.innerType._zod.optout);
	defineLazyInternal(inst, "pattern", (zod) => {
		const pattern = zod.def.innerType._zod.pattern;
		return pattern ? new RegExp(`^(${cleanRegex(pattern.source)}|null)$`) : void 0;
	});
	defineLazyInternal(inst, "values", (zod) => {
		return zod.def.innerType._zod.values ? /* @__PURE__ */ new Set([...zod.def.innerType._zod.values, null]) : void 0;
	});
	inst._zod.parse = (payload, ctx) => {
		if (payload.value === null) return payload;
		return def.innerType._zod.run(payload, ctx);
	};
});
// packages/topic/src/fields.ts
/** Whether a value is an object with named properties. */
function isRecord(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
// packages/topic/src/topic.ts
var ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Throws unless the name is valid for a route or an operation. @throws TopicError `invalid_route` */
function assertRouteName(name) {
	if (typeof name !== "string" || !ROUTE_NAME.test(name)) throw valueError("invalid_route", "", name, "use letters, digits, - _ . and start with a letter or digit");
}
// packages/topic/src/compile-topic.ts
/**
* Creates a function that builds one route's topics. It is specialised to the route's sorted keys, without evaluating
* code, because the CSP of many pages forbids that.
*
* The function checks the type of each value while it writes, reads own and inherited properties, ignores unknown keys
* and throws a `TopicError` (`missing`, `invalid_params`, `lone_surrogate`, `too_long`, `unreadable`) that names the
* first invalid field.
*/
function compileTopic(route, fields) {
	assertRouteName(route);
	const write = compileObject(fields, `${route}:`);
	return (params) => {
		try {
			const topic = write(params);
			if (topic === void 0) throw explain({ object: fields }, params, "", route);
			if (topic.length - route.length - 1 > MAX_LENGTH) throw valueError("too_long", "", params, "use shorter values");
			return topic;
		} catch (error) {
			throw asTopicError(error, params);
		}
	};
}
function compile(field) {
	if (field === "string") return writeString;
	if (field === "int") return (value) => Number.isSafeInteger(value) ? String(value) : void 0;
	if (field === "boolean") return (value) => typeof value === "boolean" ? String(value) : void 0;
	if ("enum" in field) return compileEnum(field.enum);
	if ("nullable" in field) {
		const inner = compile(field.nullable);
		return (value) => value === null || value === "" ? "\"\"" : inner(value);
	}
	return "array" in field ? compileArray(field.array) : compileObject(field.object, "");
}
function writeString(value) {
	if (typeof value !== "string") return void 0;
	if (isPlain(value)) return `"${value}"`;
	return hasLoneSurrogate(value) ? void 0 : quote(value);
}
/** Whether the text has a lone surrogate. With the `u` flag, the two halves of a pair match as one code point. */
function hasLoneSurrogate(text) {
	return /\p{Surrogate}/u.test(text);
}
function compileEnum(values) {
	const texts = new Map(values.map((value) => [value, typeof value === "string" ? quote(value) : String(value)]));
	return (value) => texts.get(value);
}
function compileArray(item) {
	const write = compile(item);
	return (value) => {
		if (!Array.isArray(value)) return void 0;
		let text = "[";
		for (let index = 0; index < value.length; index++) {
			const part = write(value[index]);
			if (part === void 0) return void 0;
			text += index === 0 ? part : `,${part}`;
			if (text.length > MAX_LENGTH) throw valueError("too_long", "", value, "use a shorter list");
		}
		return `${text}]`;
	};
}
/** @param prefix written before the opening brace, so that the route's name needs no separate step */
function compileObject(fields, prefix) {
	const names = Object.keys(fields);
	sortByCodePoint(names);
	const writers = names.map((name) => compile(fields[name]));
	const leads = names.map((name, index) => `${index === 0 ? `${prefix}{` : ","}${quote(name)}:`);
	const count = names.length;
	return (value) => {
		if (!isRecord(value)) return void 0;
		if (count === 0) return `${prefix}{}`;
		let text = "";
		for (let index = 0; index < count; index++) {
			const part = writers[index](value[names[index]]);
			if (part === void 0) return void 0;
			text += leads[index] + part;
		}
		return `${text}}`;
	};
}
/** Creates the error of the first invalid value. Runs only after a builder has failed, so that builders track no path. */
function explain(field, value, path, route) {
	const fail = (code, what) => new TopicError(code, path, `${route}: ${path || "the parameters"} ${what} (${code})`);
	if (value === void 0) return fail("missing", `must be ${describeField(field)}, but is missing: all fields are required`);
	if (typeof field === "object" && "nullable" in field) return explain(field.nullable, value, path, route);
	if (typeof field === "object" && "array" in field && Array.isArray(value)) {
		const write = compile(field.array);
		const at = value.findIndex((item) => write(item) === void 0);
		return at === -1 ? changed(path, value) : explain(field.array, value[at], path + pointerStep(at), route);
	}
	if (typeof field === "object" && "object" in field && isRecord(value)) {
		for (const [name, inner] of Object.entries(field.object)) {
			const member = value[name];
			if (compile(inner)(member) === void 0) return explain(inner, member, path + pointerStep(name), route);
		}
		return changed(path, value);
	}
	if (typeof value === "string" && hasLoneSurrogate(value)) return fail("lone_surrogate", "has a lone surrogate: use well-formed text");
	return fail("invalid_params", `must be ${describeField(field)}, but is ${preview(value)}`);
}
/** Creates the error for a value whose parts are all valid on a second read: it changes between reads. */
function changed(path, value) {
	return valueError("unreadable", path, value, "use plain data, because this value changes between reads");
}
function describeField(field) {
	if (field === "string") return "a string";
	if (field === "int") return "a safe integer";
	if (field === "boolean") return "a boolean";
	if ("enum" in field) return `one of ${field.enum.map((value) => JSON.stringify(value)).join(", ")}`;
	if ("nullable" in field) return `${describeField(field.nullable)} or null`;
	return "array" in field ? "an array" : "an object";
}
// packages/topic/src/normalize-params.ts
/**
* Creates the function that prepares params before a schema or a check parses them. It first builds the topic, which
* throws at the first invalid value with a better message than a schema's.
*/
function createParamsNormalizer(fields, buildTopic) {
	const shape = { object: fields };
	const nullable = hasNullable(shape);
	return (params) => {
		buildTopic(params);
		return nullable ? emptyToNull(shape, params) : params;
	};
}
/**
* Replaces `""` by null in every nullable field: both make the same topic, so they must be the same subscription. Drops
* unknown keys. The params must have passed the route's builder.
*/
function emptyToNull(field, value) {
	if (typeof field === "string" || "enum" in field) return value;
	if ("nullable" in field) return value === "" || value === null ? null : emptyToNull(field.nullable, value);
	if ("array" in field) return value.map((item) => emptyToNull(field.array, item));
	const read = ([name, inner]) => [name, emptyToNull(inner, value[name])];
	return Object.fromEntries(Object.entries(field.object).map(read));
}
/** Whether a field contains a nullable field, so that `emptyToNull` can have an effect. */
function hasNullable(field) {
	if (typeof field === "string" || "enum" in field) return false;
	if ("nullable" in field) return true;
	return "array" in field ? hasNullable(field.array) : Object.values(field.object).some(hasNullable);
}
// packages/topic/src/route.ts
/**
* Creates a route without checking its params against the topic contract. A test checks the routes of this package, so
* that browser bundles do not include the check, which is a tenth of the size of all routes.
*/
function createRoute(definition, fields = readFields(definition.params)) {
	const { name, params, update, key, keep = {}, access, summary } = definition;
	const snapshot = definition.snapshot ?? (key === void 0 ? "none" : "all");
	const buildTopic = compileTopic(name, fields);
	const prepare = createParamsNormalizer(fields, buildTopic);
	const parseParams = createParser(params, "invalid_params", `${name} parameters`, prepare);
	const parseUpdate = createParser(update, "invalid_message", `${name} update`);
	return Object.freeze({
		name,
		fields,
		key,
		snapshot,
		params,
		update,
		keep: key === void 0 ? {
			count: 1e3,
			...keep
		} : keep,
		access,
		summary,
		buildTopic,
		parseParams,
		parseUpdate,
		topic: (input) => buildTopic(parseParams(input))
	});
}
/** The issues of a value. Used instead of zod's error class, which is larger and builds a message that is not used here. */
var SchemaIssues = class {
	issues;
	constructor(issues) {
		this.issues = issues;
	}
};
var safeParse = /* @__PURE__ */ _safeParse(SchemaIssues);
/**
* Creates the parser of a schema.
*
* @param subject the name of the parsed value, for error messages
* @param prepare applied to an input before the schema
*/
function createParser(schema, code, subject, prepare = (input) => input) {
	return (input) => {
		try {
			const result = safeParse(schema, prepare(input));
			if (result.success) return result.data;
			throw issuesError(result.error.issues, code, subject);
		} catch (error) {
			throw asTopicError(error, input);
		}
	};
}
/** Maximum number of issues in an error message. */
var MAX_ISSUES = 3;
/** Creates the error for a schema's issues. zod's core does not include messages, which keeps it small. */
function issuesError(issues, code, subject) {
	const listed = issues.slice(0, MAX_ISSUES).map((issue) => `${pathOf(issue)} ${problemOf(issue)}`);
	const more = issues.length > MAX_ISSUES ? `, and ${issues.length - MAX_ISSUES} more` : "";
	return new TopicError(code, pathOf(issues[0]), `Invalid ${subject}: ${listed.join(", ")}${more}`);
}
function problemOf(issue) {
	switch (issue.code) {
		case "invalid_type": return `must be of type ${issue.expected}`;
		case "invalid_value": return `must be one of ${JSON.stringify(issue.values)}`;
		case "too_small": return `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum} (${issue.origin})`;
		case "too_big": return `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum} (${issue.origin})`;
		case "invalid_format": return `must have the format ${issue.format}`;
		default: return issue.message;
	}
}
function pathOf(issue) {
	return (issue?.path ?? []).map((key) => pointerStep(String(key))).join("");
}
// packages/topic/src/routes/schemas.ts
function string(...checks) {
	return new $ZodString({
		type: "string",
		checks
	});
}
/** A finite number. */
function number(...checks) {
	return new $ZodNumber({
		type: "number",
		checks
	});
}
/** A safe integer. */
function int(...checks) {
	return new $ZodNumberFormat({
		type: "number",
		check: "number_format",
		format: "safeint",
		abort: false,
		checks
	});
}
function oneOf(...values) {
	return new $ZodLiteral({
		type: "literal",
		values
	});
}
function array(element, ...checks) {
	return new $ZodArray({
		type: "array",
		element,
		checks
	});
}
/** An object. Unknown keys are dropped. */
function object(shape) {
	return new $ZodObject({
		type: "object",
		shape
	});
}
/** A union of objects, discriminated by a property that each of them has. */
function oneOfObjects(discriminator, ...options) {
	return new $ZodDiscriminatedUnion({
		type: "union",
		discriminator,
		options,
		inclusive: false
	});
}
function optional(innerType) {
	return new $ZodOptional({
		type: "optional",
		innerType
	});
}
function nullable(innerType) {
	return new $ZodNullable({
		type: "nullable",
		innerType
	});
}
function above(value) {
	return new $ZodCheckGreaterThan({
		check: "greater_than",
		value,
		inclusive: false
	});
}
function atLeast(value) {
	return new $ZodCheckGreaterThan({
		check: "greater_than",
		value,
		inclusive: true
	});
}
function atMost(value) {
	return new $ZodCheckLessThan({
		check: "less_than",
		value,
		inclusive: true
	});
}
/** The length of a string in characters, or of an array in items. */
function minLength(minimum) {
	return new $ZodCheckMinLength({
		check: "min_length",
		minimum
	});
}
/** The length of a string in characters, or of an array in items. */
function maxLength(maximum) {
	return new $ZodCheckMaxLength({
		check: "max_length",
		maximum
	});
}
// packages/topic/src/routes/broker.ts
var accountId = string(minLength(1), maxLength(64));
var symbol$1 = string(minLength(1), maxLength(64));
var price$1 = number();
var money = number();
/** 1 buy, -1 sell. */
var side = oneOf(1, -1);
/** Unix milliseconds. */
var time$1 = int();
/** TradingView's order types: 1 limit, 2 market, 3 stop, 4 stop-limit. */
var ORDER_TYPE = {
	limit: 1,
	market: 2,
	stop: 3,
	stopLimit: 4
};
/** TradingView's order states. */
var ORDER_STATUS = {
	cancelled: 1,
	filled: 2,
	inactive: 3,
	placing: 4,
	rejected: 5,
	working: 6
};
/** The parent of a bracket, as in TradingView. */
var PARENT_TYPE = {
	order: 1,
	position: 2
};
/**
* The times in force of an order: until it is cancelled (GTC), until the end of the trading day (DAY) or a date (GTD), or only
* now, as far as it can be filled (IOC) or if all of it can be filled (FOK).
*/
var TIMES_IN_FORCE = [
	"GTC",
	"DAY",
	"GTD",
	"IOC",
	"FOK"
];
/** TradingView's connection states. Legacy servers send 0 and 1, which TradingView's charting library does not read that way. */
var CONNECTION_STATUS = {
	connected: 1,
	connecting: 2,
	disconnected: 3,
	error: 4
};
/** The current state of an order. */
var placedOrder = object({
	id: string(),
	symbol: symbol$1,
	type: oneOf(...Object.values(ORDER_TYPE)),
	side,
	qty: number(above(0)),
	status: oneOf(...Object.values(ORDER_STATUS)),
	limitPrice: optional(price$1),
	stopPrice: optional(price$1),
	/** Bracket: closes the position at a profit. */
	takeProfit: optional(price$1),
	/** Bracket: closes the position at a loss. */
	stopLoss: optional(price$1),
	/** For a bracket: the id of the order that it came with, or of the position that it was set on. */
	parentId: optional(string()),
	parentType: optional(oneOf(...Object.values(PARENT_TYPE))),
	/** The time in force, with its end for GTD. @default until it is cancelled */
	duration: optional(object({
		type: oneOf(...TIMES_IN_FORCE),
		datetime: optional(time$1)
	})),
	filledQty: optional(number(atLeast(0))),
	avgPrice: optional(price$1),
	updateTime: optional(time$1)
});
/** The current state of a position; flat if `qty` is 0. */
var position = object({
	id: string(),
	symbol: symbol$1,
	qty: number(atLeast(0)),
	side,
	avgPrice: price$1
});
/** One fill. */
var execution = object({
	symbol: symbol$1,
	price: price$1,
	qty: number(above(0)),
	side,
	time: time$1
});
/** The equity of an account. */
var equityData = object({
	equity: money,
	balance: money,
	unrealizedPL: money,
	realizedPL: money
});
/** The broker's connection to its market. */
var brokerConnectionStatus = object({
	status: oneOf(...Object.values(CONNECTION_STATUS)),
	message: optional(string()),
	disconnectType: optional(int()),
	timestamp: time$1
});
/** The account's name, currency, balance and margin. */
var accountState = object({
	id: accountId,
	name: string(),
	currency: string(),
	balance: money,
	equity: money,
	marginUsed: money,
	marginAvailable: money,
	leverage: number(above(0))
});
/** A message for the account holder. */
var notification = object({
	id: string(),
	time: time$1,
	severity: oneOf("info", "success", "warning", "error"),
	title: string(),
	message: string(),
	orderId: optional(string())
});
var ofAccount = object({ accountId });
var orders = createRoute({
	name: "orders",
	params: ofAccount,
	update: placedOrder,
	key: "id",
	keep: {
		finished: {
			field: "status",
			values: [
				ORDER_STATUS.cancelled,
				ORDER_STATUS.filled,
				ORDER_STATUS.rejected
			]
		},
		finishedForMs: 6e5
	},
	access: "private",
	summary: "The orders of one account. Each update is the current state of an order."
});
createRoute({
	name: "positions",
	params: ofAccount,
	update: position,
	key: "id",
	keep: {
		finished: {
			field: "qty",
			values: [0]
		},
		finishedForMs: 6e5
	},
	access: "private",
	summary: "The positions of one account. A closed position is sent once, with qty 0."
});
var executions = createRoute({
	name: "executions",
	params: object({
		accountId,
		/** Null for all symbols of the account. */
		symbol: nullable(symbol$1)
	}),
	update: execution,
	access: "private",
	summary: "All fills of one account, for one symbol or for all."
});
createRoute({
	name: "equity",
	params: ofAccount,
	update: equityData,
	key: "*",
	access: "private",
	summary: "The equity of one account."
});
createRoute({
	name: "broker-connection",
	params: ofAccount,
	update: brokerConnectionStatus,
	key: "*",
	access: "private",
	summary: "The state of the connection between the broker of one account and its market."
});
createRoute({
	name: "account",
	params: ofAccount,
	update: accountState,
	key: "*",
	access: "private",
	summary: "The state of one account: balance, margin, leverage."
});
createRoute({
	name: "notifications",
	params: ofAccount,
	update: notification,
	access: "private",
	summary: "Messages for the holder of one account."
});
// packages/topic/src/routes/datafeed.ts
/** Bar lengths: minutes, then day, week and month. */
var RESOLUTIONS = [
	"1",
	"5",
	"15",
	"30",
	"60",
	"D",
	"W",
	"M"
];
var symbol = string(minLength(1), maxLength(64));
var price = number();
var quantity = number(atLeast(0));
/** Unix milliseconds. */
var time = int();
/** One candle. `time` is its opening time. */
var bar = object({
	time,
	open: price,
	high: price,
	low: price,
	close: price,
	volume: int(atLeast(0))
});
/** A quote in the format of TradingView's QuoteData: the prices of a symbol, or an error. */
var quoteData = oneOfObjects("s", object({
	s: oneOf("ok"),
	/** The symbol's name. */
	n: symbol,
	v: object({
		/** Last price. */
		lp: price,
		ask: price,
		bid: price,
		spread: price,
		open_price: price,
		high_price: price,
		low_price: price,
		prev_close_price: price,
		volume: quantity,
		/** Change since the previous close. */
		ch: price,
		/** The same in percent. */
		chp: price,
		short_name: string(),
		exchange: string(),
		description: string(),
		original_name: string()
	})
}), object({
	s: oneOf("error"),
	n: symbol,
	v: object({ 
	/** The reason, for people. */
message: optional(string()) })
}));
/** One trade on the tape. */
var trade = object({
	id: string(),
	time,
	price,
	qty: quantity,
	/** The aggressor: 1 bought, -1 sold. */
	side: oneOf(1, -1)
});
var level = object({
	price,
	qty: quantity
});
/** The whole book down to the requested depth, best prices first. */
var orderBook = object({
	time,
	bids: array(level),
	asks: array(level)
});
var bars = createRoute({
	name: "bars",
	params: object({
		symbol,
		resolution: oneOf(...RESOLUTIONS)
	}),
	update: bar,
	key: "time",
	keep: { count: 100 },
	snapshot: "current",
	access: "public",
	summary: "Candles of one symbol in one resolution. The current candle is updated until it closes."
});
var quotes = createRoute({
	name: "quotes",
	params: object({
		/** Symbols whose quotes are sent about once a minute. */
		symbols: array(symbol, maxLength(500)),
		/** Symbols whose quotes are sent on every change. */
		fast_symbols: array(symbol, maxLength(500))
	}),
	update: quoteData,
	key: "n",
	access: "public",
	summary: "Quotes of a list of symbols: every minute for `symbols`, on every change for `fast_symbols`."
});
var trades = createRoute({
	name: "trades",
	params: object({ symbol }),
	update: trade,
	access: "public",
	summary: "Every trade of one symbol."
});
createRoute({
	name: "orderbook",
	params: object({
		symbol,
		depth: int(atLeast(1), atMost(500))
	}),
	update: orderBook,
	key: "*",
	access: "public",
	summary: "The order book of one symbol. Each update is the whole book."
});
// packages/ws-client/src/connection/backoff.ts
/**
* Returns how long to wait after a number of failed attempts, in milliseconds: exponential backoff with full jitter, that is,
* a random moment in a window that doubles with each failure.
*
* Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
*
* @param minWindowMs the minimum width of the window
*/
function backoffMs({ backoffInitialMs, backoffMaxMs, random }, failures, minWindowMs = 0) {
	return random() * Math.max(minWindowMs, Math.min(backoffMaxMs, backoffInitialMs * 2 ** failures));
}
// packages/ws-client/src/connection/pace.ts
/**
* Paces one kind of reaction to a server's messages, so that no server can make the client work or send without limit. The
* first reaction is immediate. One that follows too soon waits for a backoff, which doubles until the server leaves as much
* time between two of them as the window is wide.
*/
var Pace = class {
	#settings;
	/** Number of reactions that followed each other too soon. */
	#count = 0;
	/** The time from which on a reaction is immediate again. */
	#calmAt = 0;
	constructor(settings) {
		this.#settings = settings;
	}
	/** Returns the milliseconds to wait before the next reaction. Call it once for each. */
	delayMs() {
		const { clock, backoffInitialMs, backoffMaxMs } = this.#settings;
		const now = clock.monotonic();
		if (now >= this.#calmAt) this.#count = 0;
		const delayMs = this.#count && backoffMs(this.#settings, this.#count - 1);
		this.#calmAt = now + delayMs + Math.min(backoffMaxMs, backoffInitialMs * 2 ** this.#count++);
		return delayMs;
	}
};
// packages/ws-client/src/errors.ts
/**
* The base class of the errors of `@trading/ws-client`. `code` is stable and meant for programs, `message` for people.
*
* Parameters that no topic can be built from are a `TopicError` of `@trading/topic` instead, thrown by the call that gets them.
*/
var ClientError = class extends Error {
	name = "ClientError";
	code;
	topic;
	retryable;
	constructor(code, message, { topic, retryable = false, cause } = {}) {
		super(message, cause === void 0 ? void 0 : { cause });
		this.code = code;
		this.topic = topic;
		this.retryable = retryable;
	}
};
// packages/ws-client/src/text.ts
/**
* Marks the message of an error. In the builds for the condition `production`, a number and the values replace it; the number
* stands in docs/errors.md, which is generated from the marked messages. Text that an application shows to people, such as the
* reason of a state, is not marked.
*/
function text(sentence, ...values) {
	return String.raw({ raw: sentence }, ...values);
}
// packages/ws-client/src/timers.ts
/** The longest delay of the platform's timers, 24.8 days. With a longer one they fire immediately. */
var MAX_DELAY_MS = 2 ** 31 - 1;
/** The platform's clock. It looks the timers up at each call, so that fake timers of a test are used. */
var systemClock = {
	monotonic: () => performance.now(),
	after(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		return () => clearTimeout(timer);
	}
};
/** Returns a clock's timers with delays limited to what the platform supports. Every delay of the client passes here. */
function boundedAfter(clock) {
	return (delayMs, run) => clock.after(Math.min(delayMs, MAX_DELAY_MS), run);
}
/** Calls `run` after the time limit; never if it is 0. The returned function cancels the call. */
function afterLimit(clock, limitMs, run) {
	return limitMs > 0 ? clock.after(limitMs, run) : () => {};
}
// packages/ws-client/src/auth/login.ts
/** Time without a frame after which the server is assumed to have no logins: a legacy server sends nothing unprompted. */
var WELCOME_WAIT_MS = 1e3;
/** The states in which private topics have to wait. */
var BLOCKING = [
	"disconnected",
	"connecting",
	"authenticating"
];
/**
* Fetches tokens from the application, and logs in with them on each connection.
*
* | state | event | next state |
* | --- | --- | --- |
* | any | a socket is opening | connecting; fetches a token, unless the user has logged out |
* | | the connection is lost | disconnected; cancels the fetch |
* | | `logout()` | the same without a token; reconnects if the server knows a user |
* | connecting: the server's protocol is unknown | no frame for a second | assumed |
* | connecting, assumed | a token arrives | the same, with the token |
* | | `login()` | the same; fetches with the reason `login` |
* | | first frame is a welcome | authenticating, with the token if there is one |
* | | first frame is another | skipped; cancels the fetch |
* | authenticating, refreshing | a token arrives | the same; sends `auth.login` |
* | authenticating | the server accepts a token that `login()` has replaced | refreshing, with the user of that token |
* | visitor | the same | disconnected; reconnects |
* | | the server accepts the token | loggedIn |
* | | it has another user | disconnected; reconnects |
* | | the server refuses it for the first time | the same; fetches with the reason `rejected` |
* | authenticating | `getToken` gives null | visitor |
* | | the server refuses the token again | visitor, with an error |
* | refreshing | `getToken` gives null | disconnected; reconnects |
* | | the server refuses the token again | loggedIn until the old token expires, with an error |
* | visitor | `login()` | authenticating; fetches with the reason `login` |
* | loggedIn | `login()` | refreshing; fetches with the reason `login` |
* | loggedIn | the token is about to expire | refreshing; fetches with the reason `refresh`, paced by a backoff |
* | skipped: the server has no logins | `login()`, `logout()` | disconnected; reconnects, since the handshake identifies the user |
*
* Without the option `getToken` the state is always skipped.
*
* Private topics wait while the state is disconnected, connecting or authenticating. After a refused login the server refuses
* each of them, so that each has its own error. In the state assumed they are sent, since a legacy server replies to them. If
* a welcome follows, the server has only been slow: the client waits with the refused ones until the login.
*/
var Login = class {
	#settings;
	#reporter;
	#actions;
	#state = { name: "disconnected" };
	#nextReason = "connect";
	#failures = 0;
	#isLoggedOut = false;
	/** The user of the last login; `""` if the server does not name users, undefined for a visitor. */
	#user;
	/** Aborts the latest fetch, and everything that follows from its token. */
	#abort = new AbortController();
	#cancelWelcomeWait = () => {};
	#refreshPace;
	constructor(settings, reporter, actions) {
		this.#settings = settings;
		this.#reporter = reporter;
		this.#actions = actions;
		this.#refreshPace = new Pace(settings);
		if (!settings.getToken) this.#state = { name: "skipped" };
	}
	/** Whether private topics and requests can be sent on this connection. */
	get allowsPrivate() {
		return !BLOCKING.includes(this.#state.name);
	}
	/** The user of the last login; undefined for a visitor. */
	get user() {
		return this.#user;
	}
	/** The user has logged in: fetches a token again, or reconnects if the handshake identifies the user. */
	login() {
		this.#isLoggedOut = false;
		const { name } = this.#state;
		if (name === "skipped") this.#leave("Logging in");
		else if (name === "disconnected") this.#nextReason = "login";
		else {
			if (name === "connecting" || name === "assumed") this.#state = { name };
			else this.#authenticate();
			this.#fetch("login");
		}
	}
	/** Continues as a visitor. */
	logout() {
		this.#isLoggedOut = true;
		this.#abort.abort();
		this.#drop();
		const { name } = this.#state;
		if (name === "connecting" || name === "assumed") this.#state = {
			name,
			token: null
		};
		else if (name !== "visitor") this.#actions.reconnect("Logged out", false);
	}
	/** A socket is opening: the token is fetched at the same time. */
	opening() {
		if (!this.#settings.getToken) return;
		this.#state = { name: "connecting" };
		if (this.#isLoggedOut) this.#fetched(null);
		else this.#fetch(this.#nextReason);
	}
	/** The socket is open. */
	opened() {
		if (this.#state.name !== "connecting") return;
		this.#cancelWelcomeWait = this.#settings.clock.after(WELCOME_WAIT_MS, () => {
			this.#state = {
				...this.#state,
				name: "assumed"
			};
			this.#actions.finished(false);
		});
	}
	/** The first frame shows the server's protocol: only a session has logins. */
	detected(isSession) {
		const state = this.#state;
		if (state.name !== "connecting" && state.name !== "assumed") return;
		this.#cancelWelcomeWait();
		if (isSession) {
			this.#state = {
				name: "authenticating",
				wasRefused: false
			};
			if (state.token !== void 0) this.#fetched(state.token);
		} else {
			this.#abort.abort();
			this.#finish("skipped", this.#user);
		}
	}
	/** The token is about to expire. */
	expiring() {
		if (this.#isLoggedOut || this.#state.name !== "loggedIn") return;
		this.#authenticate();
		const delayMs = this.#refreshPace.delayMs();
		if (delayMs > 0) this.#fetchAfter(delayMs, "refresh");
		else this.#fetch("refresh");
	}
	/** The connection is lost, or the client is closed. */
	lost(code) {
		this.#abort.abort();
		this.#cancelWelcomeWait();
		if (this.#settings.getToken) this.#state = { name: "disconnected" };
		this.#nextReason = code === 4202 ? "rejected" : "connect";
	}
	#authenticate() {
		const { name } = this.#state;
		const isReplaced = name === "loggedIn" || name === "refreshing";
		this.#state = {
			name: isReplaced ? "refreshing" : "authenticating",
			wasRefused: false
		};
	}
	/** Calls `getToken`, and again after a backoff if it fails. */
	#fetch(reason) {
		const { getToken, clock, tokenTimeoutMs } = this.#settings;
		this.#abort.abort();
		this.#abort = new AbortController();
		const { signal } = this.#abort;
		const failed = (cause) => {
			if (signal.aborted) return;
			this.#fetchAfter(backoffMs(this.#settings, this.#failures++), reason);
			this.#reporter.report(new ClientError("token_failed", text`getToken failed: ${cause}`, {
				retryable: true,
				cause
			}));
		};
		const cancelTimeout = afterLimit(clock, tokenTimeoutMs, () => failed(`no token within ${tokenTimeoutMs} ms`));
		signal.addEventListener("abort", cancelTimeout);
		new Promise((resolve) => resolve(getToken?.({
			reason,
			signal
		}))).then((token) => {
			if (signal.aborted) return;
			cancelTimeout();
			this.#failures = 0;
			this.#fetched(token ?? null);
		}, failed);
	}
	#fetchAfter(delayMs, reason) {
		this.#abort.abort();
		this.#abort = new AbortController();
		const cancel = this.#settings.clock.after(delayMs, () => this.#fetch(reason));
		this.#abort.signal.addEventListener("abort", cancel);
	}
	#fetched(token) {
		const state = this.#state;
		if (state.name === "connecting" || state.name === "assumed") this.#state = {
			name: state.name,
			token
		};
		else if (token === null) {
			if (state.name === "refreshing") this.#leave("Logged out");
			else this.#finish("visitor", void 0);
		} else if ("wasRefused" in state) {
			const { signal } = this.#abort;
			this.#actions.send(token, (refusal, user) => {
				if (signal.aborted) this.#replaced(refusal, user);
				else this.#replied(refusal, user);
			});
		}
	}
	#replied(refusal, user) {
		const state = this.#state;
		if (!("wasRefused" in state)) return;
		if (!refusal) this.#finish("loggedIn", user);
		else if (refusal.code === "subject_changed") this.#leave("Logging in as another user", true);
		else if (state.wasRefused) {
			this.#reporter.report(refusal);
			this.#finish(state.name === "refreshing" ? "loggedIn" : "visitor", this.#user);
		} else {
			this.#state = {
				name: state.name,
				wasRefused: true
			};
			this.#fetch("rejected");
		}
	}
	/** The reply to a login that another one has replaced: if the server accepts it, it knows the connection's user from now on. */
	#replaced(refusal, user) {
		const state = this.#state;
		if (refusal) return;
		if (state.name === "visitor") this.#leave("Logged out");
		else if (state.name === "authenticating") {
			this.#finish("loggedIn", user);
			this.#state = {
				name: "refreshing",
				wasRefused: state.wasRefused
			};
		}
	}
	/** Drops the user's data, and the connection on which the server knows the user. */
	#leave(reason, isPaced = false) {
		this.#drop();
		this.#actions.reconnect(reason, isPaced);
	}
	#drop() {
		const user = this.#user;
		this.#user = void 0;
		this.#actions.userChanged(user);
	}
	#finish(name, user) {
		if (this.#user !== void 0 && this.#user !== user) this.#drop();
		this.#user = user;
		this.#state = { name };
		this.#actions.finished(name === "loggedIn");
	}
};
// packages/ws-client/src/connection/close-socket.ts
/** Time that the peer has to confirm a close, in milliseconds. */
var CLOSE_WAIT_MS = 1e3;
/**
* Detaches the handlers of a socket and closes it. `onerror` keeps a handler, because `ws` throws an error without one.
*
* `ws` waits 30 s for a peer that does not confirm the close, which keeps a Node.js process alive. The wait is shortened with
* a platform timer that does not itself keep the process alive, so that nothing is left on the client's clock.
*/
function closeSocket(socket) {
	socket.onopen = socket.onmessage = socket.onclose = null;
	socket.onerror = () => {};
	socket.close(1e3);
	if (!socket.terminate) return;
	setTimeout(() => socket.terminate?.(), CLOSE_WAIT_MS).unref?.();
}
// packages/ws-client/src/connection/endpoint.ts
/**
* Returns the endpoint of the option `url`. A relative URL is resolved against the page.
*
* The URL is changed as text, because the `URL` of React Native has no setters.
*
* @throws ClientError `invalid_option`
*/
function resolveEndpoint(given) {
	const { location } = globalThis;
	const isRelative = !isAbsolute(given);
	const absolute = isRelative && location ? new URL(given, location.href).href : `${given}`;
	const [, secure, rest, query = ""] = /^(?:http|ws)(s?)(:\/\/[^/?#][^?#]*)\??([^#]*)/i.exec(absolute) ?? [];
	if (rest === void 0) throw new ClientError("invalid_option", isRelative ? text`Invalid option "url": expected ws:// or wss://, got "${given}": a relative URL needs a page` : text`Invalid option "url": expected ws:// or wss://, got "${given}"`);
	const fields = query.split("&").filter((field) => field !== "" && !field.startsWith("protocol="));
	const scheme = secure ? "wss" : "ws";
	return {
		url: `${scheme}${rest}?${[...fields, "protocol=2"].join("&")}`,
		shown: scheme + rest.replace(/[^/]*@/, "")
	};
}
/** Returns whether a URL has a scheme, so that it can be checked before there is a page. */
function isAbsolute(url) {
	return /^[a-z]+:/i.test(`${url}`);
}
// packages/ws-client/src/connection/reconnect.ts
/**
* Returns what to do after a close. The rule is that of the close-code table in `@trading/topic`; it is repeated here without
* the table's texts, which would be a fifth of the bundle. A test compares the two for every code.
*/
function reconnectAfter(code, reason) {
	if (code === 1e3 || code === 1008 || code >= 4e3 && code < 4100) return "no";
	return code === 1003 && !isRejection(code, reason) || code === 1012 || code >= 4200 && code < 4300 ? "now" : "backoff";
}
/** Returns whether a server closed the connection because it could not accept a frame. */
function isRejection(code, reason) {
	return code === 1003 && !reason.includes("Connection timed out");
}
// packages/ws-client/src/connection/connection.ts
/** The window in which clients reconnect that may do so immediately, in milliseconds; it prevents a stampede after a restart. */
var NOW_WINDOW_MS = 1e3;
/** The time that a planned restart of a server can take, in milliseconds. Attempts in this time do not widen the backoff. */
var RESTART_MS = 3e4;
/**
* Holds one socket at a time, and reconnects. It does not interpret frames.
*
* | phase | `open()` | socket opens | socket closes, `drop()` | timer | `disconnect()` | `close()` |
* | --- | --- | --- | --- | --- | --- | --- |
* | disconnected | opening | | | | | closed |
* | opening | | open | waiting or closed | connect timeout: waiting or closed | disconnected | closed |
* | open | | | next: opening, else waiting or closed | drain: opens the next socket | disconnected | closed |
* | waiting | opening | | | next attempt: opening | disconnected | closed |
* | closed | | | | | | |
*
* An error of an opening socket is its close, because Node.js's own WebSocket may report nothing more. `retry(true)` replaces an
* opening socket, and `restart()` an open one.
*
* While open, a drain opens a second socket, the next one. It replaces the first one as soon as it opens. If it fails, the first
* one stays in use: with a single server, no other one accepts clients until it closes.
*
* An empty cell means that the phase does not change. A phase has at most one timer; leaving the phase cancels it.
*/
var Connection = class {
	#settings;
	#events;
	#phase = { status: "disconnected" };
	#state = {
		status: "disconnected",
		reason: "Connects with the first subscription"
	};
	#cancelTimer = () => {};
	#failures = 0;
	/** Counted apart from the failures: earlier failures to connect must not delay the other topics after a rejected frame. */
	#rejections = 0;
	/** Consecutive attempts without a connection that lasted. */
	#attempts = 0;
	/** Paces the reconnects that need no backoff otherwise. */
	#pace;
	/** Paces the attempts to move to another server. */
	#movePace;
	/** The socket that will replace the open one, while it is opening. */
	#next;
	/** Until when attempts are those of a planned restart of the server. */
	#restartsUntil = -1 / 0;
	/** The time over which a draining server asks its clients to spread their reconnects, in milliseconds; 0 = none. */
	#hintMs = 0;
	constructor(settings, events) {
		this.#settings = settings;
		this.#events = events;
		this.#pace = new Pace(settings);
		this.#movePace = new Pace(settings);
	}
	get state() {
		return this.#state;
	}
	/**
	* Connects now. Does nothing while a socket is opening or open, or after the connection is closed.
	*
	* @throws ClientError `no_websocket`; `invalid_option` if the platform refuses the URL
	*/
	open() {
		if (this.#phase.socket || this.#phase.status === "closed") return;
		const [socket, shown] = this.#connect();
		this.#enter({
			status: "connecting",
			socket
		}, `Connecting to ${shown}`);
		if (this.#phase.socket === socket) this.#events.opening();
	}
	/** Creates a socket, and starts its time limit. @throws ClientError as `open` */
	#connect() {
		const { WebSocket = globalThis.WebSocket, ...settings } = this.#settings;
		if (!WebSocket) throw new ClientError("no_websocket", text`No WebSocket on this platform: pass one as the option "WebSocket", such as "ws"`);
		this.#cancelTimer();
		const { url, shown } = resolveEndpoint(settings.url);
		let socket;
		try {
			socket = new WebSocket(url);
		} catch (cause) {
			throw new ClientError("invalid_option", text`Invalid option "url": ${shown}: ${cause}`, { cause });
		}
		let failure = "";
		socket.onopen = () => this.#opened(socket, shown);
		socket.onmessage = ({ data }) => this.#phase.socket === socket && this.#events.received(data);
		socket.onerror = ({ message = "" }) => {
			failure = message;
			if (this.#next === socket) return this.#stay();
			if (this.#phase.status === "connecting") this.drop(failure);
		};
		socket.onclose = ({ code, reason }) => {
			if (this.#next === socket) this.#stay();
			else if (this.#phase.socket === socket) this.#closed(code, reason || failure);
		};
		const { connectTimeoutMs } = settings;
		this.#cancelTimer = afterLimit(settings.clock, connectTimeoutMs, () => {
			if (this.#next === socket) this.#stay();
			else this.drop(`timed out after ${seconds(connectTimeoutMs)}`);
		});
		return [socket, shown];
	}
	/** Makes the next attempt now, if one is needed: the network may be back. @param isOnline the network has changed */
	retry(isOnline) {
		if (this.#phase.status !== "connecting") return;
		if (isOnline && this.#phase.socket) {
			closeSocket(this.#phase.socket);
			this.#phase = { status: "connecting" };
		}
		try {
			this.open();
		} catch (error) {
			this.#closed(1006, `${error}`);
		}
	}
	/** Sends a frame. Call it only while `connected`. */
	send(text) {
		this.#phase.socket?.send(text);
	}
	/** Closes a socket that is dead or silent, and reconnects. */
	drop(reason) {
		if (this.#phase.socket) closeSocket(this.#phase.socket);
		this.#closed(1006, reason);
	}
	/**
	* Moves to another server, because this one is about to shut down: opens the next socket at a random moment of the time that
	* it gives, and repeats that until one is open. Meanwhile this connection stays in use. Until then, no window is narrower
	* than that time. The time is limited to between the first window and ten times the widest, so that a wrong hint cannot stop
	* a client.
	*/
	drain(hintMs) {
		if (this.#phase.status !== "connected") return;
		const { backoffInitialMs, backoffMaxMs } = this.#settings;
		this.#hintMs = Math.min(Math.max(hintMs, backoffInitialMs), 10 * backoffMaxMs);
		if (!this.#next) this.#moveLater();
	}
	/**
	* Reconnects immediately, because this connection cannot be used any more.
	*
	* @param isPaced whether the server is the reason, so that a repetition has to wait
	*/
	restart(reason, isPaced) {
		if (!this.#phase.socket) return;
		this.#release();
		this.#wait(reason, isPaced ? this.#pace.delayMs() : 0, 1e3);
	}
	/** Closes the connection until the next `open()`. */
	disconnect(reason) {
		const { status } = this.#phase;
		if (status === "closed" || status === "disconnected") return;
		this.#release();
		this.#cancelTimer();
		this.#enter({ status: "disconnected" }, reason, 1e3);
	}
	/** Closes the connection for good, and removes its socket, timer and handlers. */
	close(reason) {
		if (this.#phase.status === "closed") return;
		this.#release();
		this.#cancelTimer();
		this.#enter({ status: "closed" }, reason);
	}
	#moveLater() {
		const { clock, random } = this.#settings;
		this.#cancelTimer();
		const delayMs = Math.max(random() * this.#hintMs, this.#movePace.delayMs());
		this.#cancelTimer = clock.after(delayMs, () => {
			try {
				[this.#next] = this.#connect();
			} catch {
				this.#moveLater();
			}
		});
	}
	/** Continues with the open socket, because the next one has failed. */
	#stay() {
		this.#releaseNext();
		this.#moveLater();
	}
	#opened(socket, shown) {
		this.#cancelTimer();
		const phase = this.#phase;
		if (this.#next === socket && phase.status === "connected") {
			this.#next = void 0;
			this.#resetIfLasted(phase.openedAt);
			closeSocket(phase.socket);
			this.#enter({
				status: "connecting",
				socket
			}, `The server is shutting down: moving to ${shown}`, 1012);
			if (this.#phase.socket === socket) this.#events.opening();
			if (this.#phase.socket !== socket) return;
		}
		this.#hintMs = 0;
		this.#restartsUntil = -1 / 0;
		const openedAt = this.#settings.clock.monotonic();
		this.#enter({
			status: "connected",
			socket,
			openedAt
		}, `Connected to ${shown}`);
		if (this.#phase.socket === socket) this.#events.opened();
	}
	#closed(code, why) {
		const { clock, maxAttempts } = this.#settings;
		const phase = this.#phase;
		const wasOpen = phase.status === "connected";
		const willDiffer = wasOpen && isRejection(code, why) && this.#events.rejected(why);
		if (this.#phase !== phase) return;
		const event = `${wasOpen ? "Connection lost" : "Could not connect"} (${code}${why && `, ${why}`})`;
		if (wasOpen) this.#resetIfLasted(phase.openedAt);
		if (wasOpen && (code === 1012 || this.#hintMs)) this.#restartsUntil = clock.monotonic() + RESTART_MS;
		const reconnect = reconnectAfter(code, why);
		const next = this.#next;
		if (next && reconnect !== "no") {
			this.#next = void 0;
			this.#enter({
				status: "connecting",
				socket: next
			}, `${event}: connecting`, code);
			if (this.#phase.socket === next) this.#events.opening();
			return;
		}
		this.#cancelTimer();
		this.#releaseNext();
		const isRestart = !wasOpen && clock.monotonic() < this.#restartsUntil;
		if (!isRestart) this.#attempts++;
		if (reconnect === "no") this.#enter({ status: "closed" }, `${event}: the server disabled reconnection`);
		else if (this.#attempts > (maxAttempts || 1 / 0)) this.#enter({ status: "closed" }, `${event}: gave up`);
		else {
			const isNow = reconnect === "now";
			const delayMs = isRestart ? backoffMs(this.#settings, 0, this.#hintMs) : this.#delayMs(isNow, willDiffer);
			this.#wait(event, isNow ? Math.max(delayMs, this.#pace.delayMs()) : delayMs, code);
		}
	}
	#wait(event, delayMs, code) {
		this.#cancelTimer();
		this.#cancelTimer = this.#settings.clock.after(delayMs, () => this.retry(false));
		this.#enter({ status: "connecting" }, `${event}: trying again in ${seconds(delayMs)}`, code);
	}
	#delayMs(isNow, willDiffer) {
		const settings = this.#settings;
		if (!isNow) return backoffMs(settings, willDiffer ? this.#rejections++ : this.#failures++, this.#hintMs);
		const windowMs = this.#hintMs || NOW_WINDOW_MS;
		return backoffMs({
			...settings,
			backoffMaxMs: windowMs
		}, this.#failures, this.#hintMs);
	}
	/** Resets the backoff after a connection that lasted: a server that accepts and closes immediately must not reset it. */
	#resetIfLasted(openedAt) {
		const { clock, backoffMaxMs } = this.#settings;
		if (clock.monotonic() - openedAt >= backoffMaxMs) this.#failures = this.#attempts = 0;
	}
	#release() {
		if (this.#phase.socket) closeSocket(this.#phase.socket);
		this.#releaseNext();
	}
	#releaseNext() {
		if (this.#next) closeSocket(this.#next);
		this.#next = void 0;
	}
	/** @param code the close code, if an open connection was lost */
	#enter(phase, reason, code = 1e3) {
		const wasOpen = this.#phase.status === "connected";
		this.#phase = phase;
		this.#state = {
			status: phase.status,
			reason
		};
		if (wasOpen && phase.status !== "closed") this.#events.lost(code);
		if (this.#phase === phase) this.#events.stateChanged(this.#state);
	}
};
function seconds(ms) {
	return `${(ms / 1e3).toFixed(1)} s`;
}
// packages/ws-client/src/connection/heartbeat.ts
/** Time that the server has to reply when the connection is in doubt, in milliseconds. */
var PROBE_MS = 5e3;
/**
* Keeps a connection alive, and detects when it is dead. It sends a beat after half of the interval; the reply proves that
* the server is alive. If nothing arrives during the other half, the connection is dead.
*
* A session sends a beat when nothing has *arrived*. A legacy server closes a connection that has *sent* nothing, and does
* not count WebSocket pongs: with such a server a beat is sent when nothing has been sent.
*
* A browser delays the timers of a hidden page by up to a minute if each was started by the one before. Received frames are
* not delayed, so the first frame after a timer starts the next one, and sends a beat that is due.
*/
var Heartbeat = class {
	#clock;
	#actions;
	#halfMs = 0;
	#isSession = false;
	#cancel = () => {};
	/** The time of the last frame: received (session) or sent (base protocol). */
	#lastAt = 0;
	#isAwaitingReply = false;
	/** Whether a timer started the present one. */
	#isChained = false;
	constructor(clock, actions) {
		this.#clock = clock;
		this.#actions = actions;
	}
	/** @param intervalMs the server's interval; 0 = no heartbeat */
	start(intervalMs, isSession) {
		this.stop();
		this.#halfMs = intervalMs / 2;
		this.#isSession = isSession;
		this.#lastAt = this.#clock.monotonic();
		if (intervalMs > 0) this.#arm(this.#halfMs);
	}
	stop() {
		this.#cancel();
		this.#halfMs = 0;
		this.#isAwaitingReply = false;
	}
	/** A frame was sent. The timer keeps running and compares times when it fires: frames are many, beats are few. */
	sent() {
		if (!this.#isSession) this.#lastAt = this.#clock.monotonic();
	}
	/** A frame was received. */
	received() {
		const now = this.#clock.monotonic();
		this.#isAwaitingReply = false;
		if (this.#isSession) this.#lastAt = now;
		if (this.#halfMs === 0) return;
		const remainingMs = this.#lastAt + this.#halfMs - now;
		if (remainingMs <= 0) this.#beat();
		else if (this.#isChained) this.#arm(remainingMs);
	}
	/** Sends a beat now, because the network changed or the computer slept. */
	probe() {
		if (this.#halfMs === 0) return;
		this.#beat();
		if (this.#isAwaitingReply) this.#arm(Math.min(PROBE_MS, this.#halfMs));
	}
	#beat() {
		this.#isAwaitingReply = this.#actions.beat(this.#isSession);
		this.#arm(this.#halfMs);
	}
	#arm(delayMs) {
		const dueAt = this.#clock.monotonic() + delayMs;
		this.#cancel();
		this.#isChained = false;
		this.#cancel = this.#clock.after(delayMs, () => this.#due(delayMs, this.#clock.monotonic() - dueAt));
	}
	#due(waitedMs, lateMs) {
		const remainingMs = this.#lastAt + this.#halfMs - this.#clock.monotonic();
		if (lateMs > this.#halfMs / 2) this.probe();
		else if (this.#isAwaitingReply) this.#actions.drop(`silent for ${waitedMs / 1e3} s after a heartbeat`);
		else if (remainingMs > 0) this.#arm(remainingMs);
		else this.#beat();
		this.#isChained = true;
	}
};
// packages/ws-client/src/connection/idle-timer.ts
/** Disconnects a client that has had no topic and no request for the time of the option `idleTimeoutMs`. */
var IdleTimer = class {
	#settings;
	#isIdle;
	#disconnect;
	#cancel;
	/** @param isIdle returns whether the client connects, but has no topic and no request */
	constructor(settings, isIdle, disconnect) {
		this.#settings = settings;
		this.#isIdle = isIdle;
		this.#disconnect = disconnect;
	}
	/** Starts or stops the timer. Call it when a topic or a request is added or removed, and when the client connects. */
	update() {
		const { clock, idleTimeoutMs } = this.#settings;
		if (!this.#isIdle()) this.stop();
		else this.#cancel ??= afterLimit(clock, idleTimeoutMs, () => {
			this.stop();
			this.#disconnect();
		});
	}
	stop() {
		this.#cancel?.();
		this.#cancel = void 0;
	}
};
// packages/ws-client/src/connection/page-events.ts
/** `pageshow` follows a return from the browser's back/forward cache; after `pagehide` the page may be discarded unnoticed. */
var MEANING = {
	online: "online",
	offline: "offline",
	pageshow: "visible",
	pagehide: "hidden"
};
/** Listens to a window or a worker. Without their events, as in Node.js, it calls nothing. */
var pageEvents = (listener) => {
	const page = globalThis;
	const { document } = page;
	const onEvent = ({ type }) => listener(MEANING[type] ?? (document?.hidden ? "hidden" : "visible"));
	for (const type of Object.keys(MEANING)) page.addEventListener?.(type, onEvent);
	document?.addEventListener?.("visibilitychange", onEvent);
	return () => {
		for (const type of Object.keys(MEANING)) page.removeEventListener?.(type, onEvent);
		document?.removeEventListener?.("visibilitychange", onEvent);
	};
};
// packages/ws-client/src/options.ts
/**
* Returns the options with their defaults.
*
* @throws ClientError `invalid_option`
*/
function resolveOptions(options) {
	const numbers = {
		backoffInitialMs: 1e3,
		backoffMaxMs: 3e4,
		maxAttempts: 0,
		idleTimeoutMs: 6e4,
		tokenTimeoutMs: 1e4,
		connectTimeoutMs: 1e4,
		replyTimeoutMs: 1e4,
		heartbeatIntervalMs: 3e4,
		maxFrameLength: 2 ** 20,
		maxKnownBytes: 2 ** 26,
		validationShare: isProduction() ? 0 : 1
	};
	for (const name of Object.keys(numbers)) {
		const value = options[name] ?? numbers[name];
		if (!(value >= 0 && value < 1 / 0)) throw new ClientError("invalid_option", text`Invalid option "${name}": expected a number >= 0, got ${value}`);
		numbers[name] = value;
	}
	if (isAbsolute(options.url)) resolveEndpoint(options.url);
	const { clock = systemClock } = options;
	return {
		random: Math.random,
		onError: (error) => console.error(error),
		eager: false,
		pageEvents,
		...options,
		...numbers,
		clock: {
			monotonic: () => clock.monotonic(),
			after: boundedAfter(clock)
		}
	};
}
/** Bundlers replace the expression by its value; without a bundler, a browser has no `process`. */
function isProduction() {
	try {
		return process.env.NODE_ENV === "production";
	} catch {
		return false;
	}
}
// packages/ws-client/src/requests/pending-requests.ts
/** The requests that wait for a reply on this connection, oldest first. */
var PendingRequests = class extends Map {
	#clock;
	#lastId = 0;
	constructor(clock) {
		super();
		this.#clock = clock;
	}
	/**
	* Registers a request, and returns the id to send it with.
	*
	* @param timeoutMs 0 = no timeout
	*/
	register(type, timeoutMs, handler, id = ++this.#lastId) {
		const cancelTimeout = afterLimit(this.#clock, timeoutMs, () => handler.failed("no_reply"));
		this.set(id, {
			id,
			type,
			handler,
			cancelTimeout
		});
		return id;
	}
	/**
	* Removes a request, and returns its handler: by `id`, or the oldest of its type if the server does not echo ids.
	*
	* @param type the type of the request; undefined if the server refused the frame itself
	*/
	take(type, id) {
		const named = this.get(id);
		for (const request of id === void 0 ? this.values() : named ? [named] : []) if (type === void 0 || request.type === type) return this.#remove(request);
	}
	/** Fails every request: the connection is lost. */
	failAll() {
		for (const request of [...this.values()]) this.#remove(request).failed("connection_lost");
	}
	#remove(request) {
		request.cancelTimeout();
		this.delete(request.id);
		return request.handler;
	}
};
// packages/ws-client/src/protocol/envelope.ts
/** Maximum number of nested arrays and objects in a frame. */
var MAX_DEPTH = 64;
/** The fewest characters of an element or member, on average over a frame. */
var MIN_ELEMENT_LENGTH = 8;
/** The maximum length of an epoch (PROTOCOL.md, Positions). */
var MAX_EPOCH_LENGTH = 64;
/** The maximum length of other texts that the client keeps. A longer one is ignored, as if the server had not sent it. */
var MAX_TEXT_LENGTH = 1024;
/**
* Reads a frame. Checks its limits first, because a deeply nested value would overflow the stack of whatever reads it later.
*
* @param maxLength in characters; 0 = no limit
* @throws ClientError `invalid_message`
*/
function readEnvelope(data, maxLength) {
	if (typeof data !== "string") throw invalid(text`The server sent a binary frame`, data);
	const excess = excessOf(data, {
		maxLength,
		maxDepth: MAX_DEPTH,
		maxElements: Math.ceil(maxLength / MIN_ELEMENT_LENGTH)
	});
	if (excess) throw invalid(text`The server sent a frame ${excess}`, data);
	let value;
	try {
		value = JSON.parse(data);
	} catch {
		throw invalid(text`The server sent a frame that is not JSON`, data);
	}
	const type = isObject(value) && keptText(value.type);
	if (!type) throw invalid(text`The server sent an envelope without "type"`, data);
	const { id, payload = {} } = value;
	if (!isObject(payload)) throw invalid(text`The server sent a payload that is not an object`, data);
	return {
		type,
		id: id ?? void 0,
		payload,
		length: data.length
	};
}
/** @throws ClientError `invalid_message` */
function readUpdate({ type, payload, length }) {
	if (typeof payload.topic !== "string" || !("payload" in payload)) throw invalid(text`The server sent ${type} without "topic" and "payload"`, JSON.stringify(payload));
	return {
		topic: payload.topic,
		offset: count(payload.offset),
		update: payload.payload,
		length
	};
}
/** @throws ClientError `invalid_message` */
function readReply(payload) {
	const { status, topic, epoch, offset, snapshot, recovered } = payload;
	if (status !== "ok" && status !== "error") throw invalid(text`The server sent a reply with a status other than ok and error`, JSON.stringify(payload));
	return {
		ok: status === "ok",
		topic: stringOf(topic),
		epoch: keptText(epoch, MAX_EPOCH_LENGTH) || void 0,
		offset: count(offset),
		snapshot: snapshot === true,
		recovered: typeof recovered === "boolean" ? recovered : void 0
	};
}
/**
* Returns a server's refusal as an error with the server's message.
*
* @param subject what was refused, for the message if the server sent none
*/
function refusalOf(payload, subject, topic) {
	const { message, code, retryable } = payload;
	return new ClientError(keptText(code) || "refused", keptText(message) || text`The server refused ${subject} without a reason`, {
		...topic && { topic },
		retryable: retryable === true
	});
}
/** Returns the value if it is a string, else `""`. */
function stringOf(value) {
	return typeof value === "string" ? value : "";
}
/** Returns the value if it is a string within the length that the client keeps, else `""`. */
function keptText(value, maxLength = MAX_TEXT_LENGTH) {
	const kept = stringOf(value);
	return kept.length > maxLength ? "" : kept;
}
/** Returns the value if it is a number of updates or milliseconds. */
function count(value) {
	return Number.isSafeInteger(value) && value >= 0 ? value : void 0;
}
function isObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
/** Returns the error for a frame that cannot be read. @param data the frame, of which the message shows the beginning */
function invalid(message, data) {
	return new ClientError("invalid_message", message + (typeof data === "string" ? `: ${data.slice(0, 120)}` : ""));
}
// packages/ws-client/src/protocol/protocol-handler.ts
/** The shortest heartbeat interval that a server can request, in milliseconds. A shorter one would make the client flood it. */
var MIN_HEARTBEAT_MS = 200;
/** Translates between calls and frames: writes requests, matches replies to them, and reads the server's messages. */
var ProtocolHandler = class {
	requests;
	/** The protocol that the server speaks; undefined until its first frame. */
	protocol;
	/** The server's name for the connection; undefined with the base protocol. */
	connectionId;
	/** Whether the server echoes `id`. A legacy server does not, and counts subscribes: each needs its own unsubscribe. */
	echoesIds = false;
	#settings;
	#reporter;
	#write;
	#messages;
	/** @param write sends a frame on the connection */
	constructor(settings, reporter, write, messages) {
		this.requests = new PendingRequests(settings.clock);
		this.#settings = settings;
		this.#reporter = reporter;
		this.#write = write;
		this.#messages = messages;
	}
	/** Sends a request. @param payload as JSON */
	send(type, payload, handler, { extra = "", timeoutMs = this.#settings.replyTimeoutMs, id } = {}) {
		const idText = JSON.stringify(this.requests.register(type, timeoutMs, handler, id));
		const frame = `{"type":"${type}","payload":${payload},"id":${idText}${extra}}`;
		this.#put(frame, type === "auth.login" ? `{"type":"${type}","id":${idText}}` : frame);
	}
	/** Logs in. `replied` gets the error if the login fails, and the user, or `""` if the server does not name users. */
	login(token, replied) {
		this.send("auth.login", JSON.stringify({ token }), {
			replied: (payload) => replied(payload.status === "ok" ? void 0 : refusalOf(payload, "auth.login"), keptText(payload.subject)),
			failed: (code) => code === "no_reply" && replied(new ClientError(code, text`No reply to auth.login`), "")
		});
	}
	/** Sends a ping. The server replies with a pong. */
	ping() {
		this.#put("{\"type\":\"ping\"}");
	}
	/** The connection is lost. */
	disconnected() {
		this.requests.failAll();
		this.echoesIds = false;
		this.protocol = this.connectionId = void 0;
	}
	/** Reads a received frame. An invalid frame is reported, and the connection stays open. */
	receive(data) {
		try {
			const envelope = readEnvelope(data, this.#settings.maxFrameLength);
			if (!this.protocol) this.#detect(envelope);
			this.#dispatch(envelope);
		} catch (cause) {
			const isKnown = cause instanceof ClientError;
			this.#reporter.report(isKnown ? cause : new ClientError("invalid_message", text`Unreadable frame: ${cause}`, { cause }));
		}
	}
	#detect({ type, payload }) {
		const isSession = type === "session.welcome";
		this.echoesIds = isSession;
		this.protocol = isSession ? "session" : "base";
		if (isSession) this.connectionId = keptText(payload.connectionId);
		const intervalMs = count(payload.heartbeatIntervalMs);
		this.#messages.detected(isSession, intervalMs ? Math.max(intervalMs, MIN_HEARTBEAT_MS) : 0);
	}
	#dispatch(envelope) {
		const { type, payload } = envelope;
		const messages = this.#messages;
		const topic = stringOf(payload.topic);
		switch (type) {
			case "auth.expiring":
				messages.tokenExpiring();
				break;
			case "server.draining":
				messages.draining(count(payload.reconnectAfterMs) ?? 0);
				break;
			case "subscription.current":
				messages.current(topic, {
					epoch: keptText(payload.epoch),
					offset: count(payload.offset) ?? 0
				});
				break;
			case "subscription.ended":
				messages.ended(topic, refusalOf({
					message: text`The server ended ${topic}`,
					...payload
				}, topic, topic));
				break;
			case "error":
				if (!this.#reply(void 0, payload.id, {
					...payload,
					status: "error"
				})) this.#reporter.report(refusalOf(payload, "a frame"));
				break;
			default: if (type.endsWith(".update")) messages.update(readUpdate(envelope));
			else if (type.endsWith(".response")) this.#response(envelope);
		}
	}
	#response({ type, id, payload }) {
		if (id !== void 0) this.echoesIds = true;
		if (!this.#reply(type.slice(0, -9), id, payload)) throw invalid(text`The server sent a ${type} that matches no request`, JSON.stringify({
			id,
			payload
		}));
	}
	/** Returns whether a request was waiting for this reply. */
	#reply(type, id, payload) {
		const handler = type === void 0 && id === void 0 && this.requests.size !== 1 ? void 0 : this.requests.take(type, id);
		handler?.replied(payload);
		return handler !== void 0;
	}
	/** @param shown the frame for taps */
	#put(frame, shown = frame) {
		this.#write(frame);
		this.#reporter.emit({
			kind: "sent",
			frame: shown
		});
	}
};
// packages/ws-client/src/stop.ts
/** Returns a `Stop` that calls `stop`. */
function stopping(stop) {
	const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
	const call = () => stop();
	return Object.assign(call, { [dispose]: call });
}
// packages/ws-client/src/reporter.ts
/** Maximum number of errors that are reported within a second: a server can cause one with every frame. */
var MAX_ERRORS = 100;
/** Reports events and errors to the application. Every part of a client may use it; it depends on none of them. */
var Reporter = class {
	#onError;
	#clock;
	/** The start of the second whose errors are counted. */
	#since = 0;
	#errors = 0;
	#taps = /* @__PURE__ */ new Set();
	constructor({ onError, clock }) {
		this.#onError = onError;
		this.#clock = clock;
	}
	tap(listener) {
		const tap = { listener };
		this.#taps.add(tap);
		return stopping(() => this.#taps.delete(tap));
	}
	/** Calls the taps. Never throws. */
	emit(event) {
		for (const { listener } of [...this.#taps]) try {
			listener(event);
		} catch (cause) {
			if (event.kind === "error") console.error(cause);
			else this.guard("listener_failed", "A listener of the client", () => {
				throw cause;
			});
		}
	}
	/** Passes an error to the taps and to the option `onError`, at most a hundred in a second. Never throws. */
	report(input) {
		const now = this.#clock.monotonic();
		if (now - this.#since >= 1e3) {
			this.#since = now;
			this.#errors = 0;
		}
		if (++this.#errors > 101) return;
		const error = this.#errors > MAX_ERRORS ? new ClientError("overflow", text`More than ${MAX_ERRORS} errors in a second are not reported`) : input;
		this.emit({
			kind: "error",
			error
		});
		try {
			this.#onError(error);
		} catch (cause) {
			console.error(cause);
		}
	}
	/** Calls application code, and reports what it throws with this code. @param source its name in the error's message */
	guard(code, source, call, topic) {
		try {
			call();
		} catch (cause) {
			this.report(new ClientError(code, text`${source} threw: ${cause}`, {
				cause,
				...topic && { topic }
			}));
		}
	}
	/** Removes the taps. */
	clear() {
		this.#taps.clear();
	}
};
// packages/ws-client/src/requests/application-requests.ts
/** The maximum length of an id (PROTOCOL.md, Envelope). */
var MAX_ID_LENGTH = 64;
/** The requests of the application. Each is sent once: immediately, or, if it has a queue, when there is a connection. */
var ApplicationRequests = class {
	#settings;
	#sender;
	#canSend;
	#waiting = /* @__PURE__ */ new Set();
	/** The number of requests that have not been settled. */
	pending = 0;
	/** Pending replies, by the id in `queue`. */
	#replies = /* @__PURE__ */ new Map();
	/** @param canSend returns whether a request can be sent now; a private one needs a finished login */
	constructor(settings, sender, canSend) {
		this.#settings = settings;
		this.#sender = sender;
		this.#canSend = canSend;
	}
	/** The number of requests that wait to be sent. */
	get size() {
		return this.#waiting.size;
	}
	/** The user has changed: what was not sent for the previous one must not be sent for another. */
	userChanged() {
		for (const request of this.#waiting) if (request.isPrivate) request.fail(new ClientError("offline", text`The user changed before the request was sent`));
	}
	request(operation, payload, options = {}) {
		const { queue } = options;
		if (queue && !(queue.id.length > 0 && queue.id.length <= MAX_ID_LENGTH)) {
			const message = text`Invalid option "queue.id": expected 1 to ${MAX_ID_LENGTH} characters, got "${queue.id}"`;
			return Promise.reject(new ClientError("invalid_option", message));
		}
		const same = queue && this.#replies.get(queue.id);
		if (same) return same;
		this.pending++;
		const reply = this.#request(operation, payload, options).finally(() => {
			this.pending--;
			if (queue) this.#replies.delete(queue.id);
		});
		if (queue) this.#replies.set(queue.id, reply);
		return reply;
	}
	/** Sends the waiting requests that can be sent now. */
	flush() {
		for (const request of this.#waiting) {
			if (!this.#canSend(request.isPrivate)) continue;
			this.#waiting.delete(request);
			request.send();
		}
	}
	/** The connection is lost. Requests without a queue were waiting for the login of this connection, and fail. */
	disconnected() {
		for (const request of this.#waiting) if (!request.isQueued) request.fail(new ClientError("offline", text`Connection lost before the request was sent`));
	}
	/** Fails every waiting request. */
	end(error) {
		for (const request of this.#waiting) request.fail(error);
	}
	async #request({ name, access, parseRequest, parseReply }, input, { timeoutMs = this.#settings.replyTimeoutMs, signal, queue }) {
		signal?.throwIfAborted();
		const payload = JSON.stringify(parseRequest ? parseRequest(input) : input) ?? "{}";
		const isPrivate = access !== "public";
		if (!queue && !this.#canSend(false)) throw new ClientError("offline", text`${name} was not sent: no connection. Pass a queue to wait`);
		let cancelWait = () => {};
		let onAbort = () => {};
		const reply = new Promise((resolve, reject) => {
			const handler = {
				replied: (payload) => {
					if (payload.code === "unauthorized" && !this.#canSend(isPrivate)) this.#waiting.add(request);
					else if (payload.status === "error") reject(refusalOf(payload, name));
					else resolve(payload);
				},
				failed: (code) => reject(new ClientError(code, text`No reply to ${name} (${code}): the server may have executed it`))
			};
			const request = {
				isPrivate,
				isQueued: queue !== void 0,
				send: () => {
					cancelWait();
					this.#sender.send(name, payload, handler, {
						timeoutMs,
						id: queue?.id
					});
				},
				fail: (error) => {
					this.#waiting.delete(request);
					reject(error);
				}
			};
			onAbort = () => request.fail(signal?.reason);
			signal?.addEventListener("abort", onAbort);
			if (this.#canSend(isPrivate)) return request.send();
			this.#waiting.add(request);
			const waitMs = queue?.ttlMs ?? timeoutMs;
			const message = text`${name} was not sent: no connection within ${waitMs} ms`;
			cancelWait = afterLimit(this.#settings.clock, waitMs, () => request.fail(new ClientError("offline", message)));
		});
		try {
			const payload = await reply;
			return parseReply ? parseReply(payload) : payload;
		} finally {
			cancelWait();
			signal?.removeEventListener("abort", onAbort);
		}
	}
};
// packages/ws-client/src/subscriptions/listener.ts
var PENDING = { state: "pending" };
var SYNCING = { state: "syncing" };
var LIVE = { state: "live" };
/** Returns the value of an update's key field. A topic that is one state has a field that no update has: one key for all. */
function keyOf(key, update) {
	return key === void 0 ? void 0 : update?.[key];
}
// packages/ws-client/src/subscriptions/stream.ts
var asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
/**
* Returns a topic's updates as an iteration.
*
* The `return` of an async generator waits for a pending `next`, and so for an update that may never arrive. Here it ends the
* pending `next` first, and the subscription with it.
*/
function streamOf(subscribe, { key, name }, { signal, onGap, maxBuffered = 1e4 }) {
	const unread = /* @__PURE__ */ new Map();
	let count = 0;
	let isEnded = false;
	let failure;
	let stop = () => {};
	let wake = () => {};
	const end = () => {
		isEnded = true;
		stop();
		signal?.removeEventListener("abort", onAbort);
		unread.clear();
		wake();
	};
	const fail = (cause) => {
		failure ??= { cause };
		end();
	};
	const onAbort = () => fail(signal?.reason);
	async function* iterate() {
		signal?.throwIfAborted();
		signal?.addEventListener("abort", onAbort);
		try {
			stop = subscribe({
				onUpdate(update) {
					const value = key === void 0 ? count++ : keyOf(key, update);
					unread.delete(value);
					unread.set(value, update);
					if (unread.size > maxBuffered) fail(new ClientError("overflow", text`More than ${maxBuffered} unread updates of ${name}: read faster, or raise maxBuffered`));
					wake();
				},
				onStatus: ({ error }) => error && !error.retryable && fail(error),
				onReset: () => unread.clear(),
				...onGap && { onGap }
			});
			while (!isEnded) {
				const [next] = unread;
				if (next) {
					unread.delete(next[0]);
					yield next[1];
				} else await new Promise((resolve) => {
					wake = resolve;
				});
			}
			if (failure) throw failure.cause;
		} finally {
			end();
		}
	}
	const stream = iterate();
	const { return: finish, throw: raise } = stream;
	return Object.assign(stream, {
		return(value) {
			end();
			return finish.call(stream, value);
		},
		throw(cause) {
			end();
			return raise.call(stream, cause);
		},
		async [asyncDispose]() {
			await stream.return();
		}
	});
}
// packages/ws-client/src/defer.ts
var resolved = Promise.resolve();
/** Calls `run` in a microtask. Uses a promise, because the fake timers of tests replace `queueMicrotask`. */
function defer(run) {
	resolved.then(run);
}
// packages/ws-client/src/subscriptions/known-updates.ts
/** The memory that an update counts in addition to the characters of its frame, in bytes. */
var UPDATE_BYTES = 1e3;
/**
* The updates that a late listener receives, by key, in the order of their last updates. As in a server's snapshot: the latest
* of each key, the current one, or none.
*
* They are evicted by the route's rule `keep`, as the server evicts them, so that a late listener receives the same keys as a
* new client, and a topic that runs for days takes no more memory. The time of a finished key starts when the client receives
* it, because an update does not contain the time when the server did.
*/
var KnownUpdates = class extends Map {
	#route;
	#context;
	#onEvict;
	/** The times at which finished keys are evicted, earliest first. */
	#finished = /* @__PURE__ */ new Map();
	#cancelEviction = () => {};
	/** @param onEvict called after an update is evicted, not if another one replaces it */
	constructor(route, context, onEvict) {
		super();
		this.#route = route;
		this.#context = context;
		this.#onEvict = onEvict;
	}
	/**
	* Adds an update. Call `evict` once the listeners are notified of it.
	*
	* @param length of its frame, in characters
	* @param evictInMs of a finished update that an earlier client kept. @default the route's `finishedForMs`
	*/
	keep(update, offset, length = 0, evictInMs) {
		const route = this.#route;
		if (route.snapshot === "none") return;
		const [current] = this.keys();
		const key = keyOf(route.key, update);
		if (route.snapshot === "current" && current !== key) {
			if (current !== void 0 && key < current) return;
			this.clear();
		}
		this.delete(key);
		this.set(key, [
			update,
			offset,
			length + UPDATE_BYTES
		]);
		this.#context.knownBytes += length + UPDATE_BYTES;
		if (isFinished(route, update)) {
			const delayMs = evictInMs ?? route.keep?.finishedForMs ?? 6e5;
			this.#finished.set(key, this.#context.settings.clock.monotonic() + delayMs);
		}
	}
	/** Evicts the updates that the rule no longer keeps. Call it before a read too, because a timer can be late. */
	evict() {
		const { count = 1 / 0 } = this.#route.keep ?? {};
		for (const oldest of this.keys()) {
			if (this.size <= count && !this.#isOverflow()) break;
			this.#evict(oldest);
		}
		this.#cancelEviction();
		for (const [key, evictAt] of this.#finished) {
			const delayMs = evictAt - this.#context.settings.clock.monotonic();
			if (delayMs > 0) {
				this.#cancelEviction = this.#context.settings.clock.after(delayMs, () => this.evict());
				return;
			}
			this.#evict(key);
		}
	}
	/** Returns the updates for a later client. */
	save() {
		const now = this.#context.settings.clock.monotonic();
		return {
			known: Array.from(this.values(), ([update]) => update),
			evictInMs: Array.from(this.keys(), (key) => (this.#finished.get(key) ?? 1 / 0) - now)
		};
	}
	delete(key) {
		const [, , bytes = 0] = this.get(key) ?? [];
		this.#context.knownBytes -= bytes;
		this.#finished.delete(key);
		return super.delete(key);
	}
	clear() {
		this.#cancelEviction();
		for (const key of this.keys()) this.delete(key);
	}
	#isOverflow() {
		const { settings, reporter, knownBytes, isOverflowReported } = this.#context;
		const { maxKnownBytes } = settings;
		const isOverflow = maxKnownBytes > 0 && knownBytes > maxKnownBytes;
		if (isOverflow && !isOverflowReported) {
			this.#context.isOverflowReported = true;
			const message = text`Evicting known updates above ${maxKnownBytes} bytes: raise maxKnownBytes if they are needed`;
			reporter.report(new ClientError("overflow", message));
		}
		return isOverflow;
	}
	#evict(key) {
		const known = this.get(key);
		this.delete(key);
		this.#onEvict(known?.[0]);
	}
};
// packages/ws-client/src/subscriptions/topic-listeners.ts
/** The listeners of one topic. What they throw is reported, and does not affect the others. */
var TopicListeners = class extends Set {
	#topic;
	#reporter;
	constructor(topic, reporter) {
		super();
		this.#topic = topic;
		this.#reporter = reporter;
	}
	addListener(listener) {
		let settle;
		const ready = new Promise((resolve, reject) => {
			settle = (error) => error ? reject(error) : resolve();
		});
		ready.catch(() => {});
		const entry = {
			listener,
			ready,
			settle
		};
		this.add(entry);
		return entry;
	}
	/**
	* Calls one callback of the given entries.
	*
	* @param entries by default all that exist now: an entry that is added by a callback has got the present state already
	*/
	notify(event, values, entries = [...this]) {
		for (const entry of entries) {
			if (!this.has(entry)) continue;
			const call = () => entry.listener[event]?.(...values);
			this.#reporter.guard("listener_failed", `${event} of a listener of ${this.#topic}`, call, this.#topic);
		}
	}
};
// packages/ws-client/src/subscriptions/subscription.ts
/** The codes with which a server ends a topic that another one runs from now on. */
var MOVES = [
	"moved",
	"owner_lost",
	"updates_lost"
];
/** The first retry is within a quarter of the initial backoff. */
var FIRST_RETRY = -2;
/** Time for the next server to run the topic, in milliseconds; what it refuses afterwards is an error. */
var MOVE_MS = 1e4;
var IDLE = {
	name: "idle",
	status: PENDING
};
var WAITING = {
	name: "waiting",
	status: PENDING
};
var SUBSCRIBING = {
	name: "subscribing",
	status: PENDING
};
/**
* One topic of one client: its listeners, its known updates, and its state on the server.
*
* | state | event | next state |
* | --- | --- | --- |
* | idle: has to be sent | `subscribe()` | subscribing; sends a subscribe, with the position if there is one |
* | subscribing, failed without a reply | the server confirms | confirmed; reports a gap if updates are missing |
* | subscribing | no reply in time | failed |
* | confirmed | `subscribe()` | confirmed; sends a subscribe as a heartbeat |
* | | a snapshot or recovery is complete | confirmed, with the status `live` |
* | | updates of a log are missing | idle, then subscribing from the last position; if repeated too soon, waiting before |
* | confirmed, subscribing | the server ends the topic because another one runs it | waiting, with the status `syncing` |
* | subscribing, within 10 seconds of that | the server refuses, retryable | waiting, with the status `syncing` |
* | waiting | backoff has passed | idle |
* | subscribing, confirmed | the server refuses, confirms another topic or ends the topic | failed |
* | any | the server closes the connection on its frame | rejected |
* | failed, retryable | backoff has passed | idle |
* | failed | a listener is added, the user logs in | idle |
* | rejected | a listener is added after all were removed | idle |
* | any except rejected | the connection is lost | idle |
* | any | the client is closed | failed; listeners and known updates are removed |
*/
var Subscription = class {
	topic;
	route;
	/** The parameters as JSON. Written once, so that later changes of the caller's object have no effect. */
	payload;
	#context;
	#listeners;
	#known;
	#state = IDLE;
	/** The last position; undefined before the first reply, and with a server without positions. */
	#position;
	/** The number of subscribes sent on this connection and not refused. A legacy server wants as many unsubscribes. */
	#subscribes = 0;
	/** Whether it was confirmed before, by this client or the one it resumes, so that updates may be missing since. */
	#wasConfirmed = false;
	#failures = 0;
	/** The status instead of `pending` while the topic moves to another server. */
	#moving;
	/** The time of the last move. */
	#movedAt = Number.NEGATIVE_INFINITY;
	#movePace;
	#resumePace;
	#cancelRetry = () => {};
	#updates = 0;
	constructor(route, topic, params, context) {
		this.route = route;
		this.topic = topic;
		const names = Object.keys(route.fields);
		this.payload = JSON.stringify(Object.fromEntries(names.map((name) => [name, params[name]])));
		this.#context = context;
		this.#movePace = new Pace(context.settings);
		this.#resumePace = new Pace(context.settings);
		this.#listeners = new TopicListeners(topic, context.reporter);
		this.#known = new KnownUpdates(route, context, (update) => this.#listeners.notify("onEvict", [update]));
	}
	get status() {
		return this.#moving ?? this.#state.status;
	}
	get hasListeners() {
		return this.#listeners.size > 0;
	}
	/** Whether a subscribe has to be sent. */
	get isIdle() {
		return this.#state === IDLE;
	}
	/** Whether it has no state yet: neither from the server nor from an earlier client. */
	get isNew() {
		return !this.#wasConfirmed;
	}
	/** Whether the server has confirmed the topic, so that its updates belong to this subscription. */
	get isConfirmed() {
		return this.#state.name === "confirmed";
	}
	/** Adds a listener, and calls it with the status and the known updates. */
	add(listener) {
		this.#known.evict();
		const { name } = this.#state;
		if (name === "failed" || name === "rejected" && !this.hasListeners) this.#enter(IDLE);
		const entry = this.#listeners.addListener(listener);
		const { status } = this;
		if (this.#state.status !== PENDING) entry.settle(status.error);
		this.#listeners.notify("onStatus", [status], [entry]);
		for (const [update, offset] of [...this.#known.values()]) this.#listeners.notify("onUpdate", [update, this.#meta(offset, "snapshot")], [entry]);
		this.#context.changed(this);
		const stop = () => {
			if (!this.#listeners.delete(entry)) return;
			entry.settle(new ClientError("stopped", text`Stopped ${this.topic} before the reply`, this));
			if (!this.hasListeners) this.#context.changed(this);
		};
		return {
			ready: entry.ready,
			stop
		};
	}
	/** Sends a subscribe. Repeating that of a confirmed topic makes the server reply, and changes nothing else. */
	subscribe() {
		const resume = !this.isConfirmed && this.#position;
		this.#subscribes += 1;
		if (!this.isConfirmed) this.#enter(SUBSCRIBING, this.#moving);
		this.#context.request(this, "subscribe", resume ? `,"resume":${JSON.stringify(resume)}` : "");
	}
	/** Ends the topic on the server, after its last listener was removed. */
	release() {
		this.#cancelRetry();
		this.#known.clear();
		let times = this.#subscribes;
		if (times > 1 && this.#context.server.echoesIds) times = 1;
		this.#subscribes = 0;
		while (times-- > 0) this.#context.request(this, "unsubscribe");
	}
	/** The server has replied to a subscribe. */
	replied(payload) {
		const { topic } = this;
		const reply = readReply(payload);
		if (!reply.ok) this.#subscribes -= 1;
		if (!this.hasListeners) return;
		if (payload.code === "unauthorized" && !this.#context.canSend(this)) this.#enter(IDLE);
		else if (!reply.ok) this.fail(refusalOf(payload, topic, topic));
		else if (reply.topic === topic) this.#confirm(reply);
		else {
			const message = text`The client built the topic ${topic}, the server ${reply.topic}: no update would arrive`;
			this.fail(new ClientError("topic_mismatch", message, this));
		}
	}
	/** The server has not replied to a subscribe in time. Missing replies to heartbeats are the heartbeat's concern. */
	unanswered() {
		if (!this.hasListeners || this.#state.status !== PENDING) return;
		const message = text`No reply to the subscribe to ${this.topic} within ${this.#context.settings.replyTimeoutMs} ms`;
		this.fail(new ClientError("no_reply", message, this));
	}
	/** The server closed the connection on the subscribe, which is not sent again while there are listeners. */
	reject(reason) {
		const why = reason || "no reason given";
		const message = text`The server closed the connection on the subscribe to ${this.topic}: ${why}. Check route and parameters`;
		this.fail(new ClientError("rejected", message, this), "rejected");
	}
	/** Fails the subscription, and reports it. Retries after a backoff if that may help. */
	fail(error, name = "failed") {
		const { settings, reporter } = this.#context;
		if (error.retryable && this.#isMove(error)) {
			this.#enter(WAITING, this.#moving ?? {
				state: "syncing",
				reason: error.code
			});
			const delayMs = this.#movePace.delayMs() + backoffMs(settings, FIRST_RETRY);
			this.#retryAfter(delayMs);
			return;
		}
		this.#enter({
			name,
			status: {
				state: "error",
				error
			}
		});
		reporter.report(error);
		if (!error.retryable || this.status.error !== error) return;
		this.#retryAfter(backoffMs(settings, this.#failures++));
	}
	/** Returns whether another server takes the topic over, so that there is nothing that the application could do. */
	#isMove({ code }) {
		const now = this.#context.settings.clock.monotonic();
		if (MOVES.includes(code)) this.#movedAt = now;
		return now - this.#movedAt < MOVE_MS;
	}
	/** The server has ended the topic. */
	ended(error) {
		if (this.#state.name !== "subscribing" && !this.isConfirmed) return;
		this.#subscribes = 0;
		this.fail(error);
	}
	/** A snapshot or a recovery is complete, up to this position. */
	completed(position) {
		if (!this.isConfirmed || position.epoch !== this.#position?.epoch) return;
		this.#position = position;
		this.#enter({
			name: "confirmed",
			status: LIVE,
			phase: "news"
		});
	}
	/** Delivers an update to the listeners, and keeps it for later ones. Drops updates that were delivered before. */
	receive({ update: input, offset, length }) {
		if (this.#state.name !== "confirmed") return;
		const position = this.#position;
		if (position && offset !== void 0) {
			const distance = offset - position.offset;
			if (distance <= 0) return;
			if (distance > 1 && this.route.key === void 0) {
				const delayMs = this.#resumePace.delayMs();
				this.#enter(delayMs ? WAITING : IDLE);
				if (delayMs) this.#retryAfter(delayMs);
				else this.subscribe();
				return;
			}
			this.#position = {
				epoch: position.epoch,
				offset
			};
		}
		const { route, topic } = this;
		const { settings, reporter } = this.#context;
		let update = input;
		try {
			if (route.parseUpdate && settings.random() < settings.validationShare) update = route.parseUpdate(input);
		} catch (cause) {
			const message = text`Dropped an invalid update of ${topic}: ${cause}`;
			reporter.report(new ClientError("invalid_update", message, {
				topic,
				cause
			}));
			return;
		}
		this.#updates += 1;
		this.#known.keep(update, offset, length);
		this.#listeners.notify("onUpdate", [update, this.#meta(offset, this.#state.phase)]);
		this.#known.evict();
	}
	/** The user has logged in: the server may accept now what it has refused. */
	retry() {
		if (this.#state.name === "failed") this.#enter(IDLE);
	}
	/** Another user is logged in: nothing of the previous one remains. */
	reset() {
		this.#known.clear();
		this.#position = void 0;
		this.#wasConfirmed = false;
		this.#listeners.notify("onReset", []);
	}
	/** The connection is lost, and with it the server's state. */
	disconnected() {
		this.#subscribes = 0;
		if (this.#state.name !== "rejected") this.#enter(IDLE);
	}
	/** The client is closed. */
	end(error) {
		this.#enter({
			name: "failed",
			status: {
				state: "error",
				error
			}
		});
		this.#listeners.clear();
		this.#known.clear();
	}
	/** Continues from the state that an earlier client saved. */
	restore({ epoch, offset, known, evictInMs }) {
		this.#position = {
			epoch,
			offset
		};
		this.#wasConfirmed = true;
		for (const [index, update] of known.entries()) {
			this.#known.keep(update, void 0, void 0, evictInMs?.[index]);
			this.#listeners.notify("onUpdate", [update, this.#meta(void 0, "snapshot")]);
		}
		this.#known.evict();
	}
	/** Returns the state for a later client; undefined without a position to resume from. */
	save() {
		return this.#position && {
			...this.#position,
			...this.#known.save()
		};
	}
	inspect() {
		const { status } = this;
		return {
			topic: this.topic,
			route: this.route.name,
			status: status.state,
			error: status.error?.message,
			reason: status.reason,
			listeners: this.#listeners.size,
			known: this.#known.size,
			updates: this.#updates,
			position: this.#position
		};
	}
	#retryAfter(delayMs) {
		this.#cancelRetry = this.#context.settings.clock.after(delayMs, () => {
			this.#enter(IDLE, this.#moving);
			this.#context.changed(this);
		});
	}
	/** @param moving the status instead of `pending` */
	#enter(state, moving) {
		const before = this.status;
		this.#cancelRetry();
		this.#state = state;
		this.#moving = moving;
		const { status } = this;
		if (status === before) return;
		if (state.status !== PENDING) for (const { settle } of this.#listeners) settle(status.error);
		this.#listeners.notify("onStatus", [status]);
	}
	/** The positions in the reply decide whether updates are missing. */
	#confirm({ epoch, offset, snapshot, recovered }) {
		const { topic } = this;
		const { reporter, server } = this.#context;
		const before = this.#position;
		this.#position = epoch === void 0 || offset === void 0 ? void 0 : {
			epoch,
			offset
		};
		const isGap = this.#wasConfirmed && (before?.epoch !== epoch || epoch === void 0 || recovered === false);
		if (recovered !== void 0) reporter.emit({
			kind: "resume",
			resume: {
				topic,
				recovered
			}
		});
		if (this.isConfirmed && recovered === void 0 && !snapshot) return;
		if (isGap) this.#reportGap(snapshot, before);
		this.#wasConfirmed = true;
		const phase = snapshot ? "snapshot" : recovered ? "recovery" : "news";
		const status = phase !== "news" && server.protocol === "session" ? SYNCING : LIVE;
		this.#enter({
			name: "confirmed",
			status,
			phase
		});
	}
	#reportGap(snapshot, before) {
		if (snapshot) this.#known.clear();
		const { reporter } = this.#context;
		const { topic } = this;
		const after = this.#position;
		const reason = after ? "not_recovered" : "no_positions";
		const gap = {
			topic,
			reason,
			snapshot,
			before,
			after
		};
		reporter.emit({
			kind: "gap",
			gap
		});
		if (![...this.#listeners].some(({ listener }) => listener.onGap) && this.route.snapshot !== "all") {
			const message = text`Updates of ${topic} may be missing (${reason}): handle onGap, and load them`;
			reporter.report(new ClientError("gap", message, this));
		}
		this.#listeners.notify("onGap", [gap]);
	}
	#meta(offset, phase) {
		return {
			topic: this.topic,
			offset,
			snapshot: phase === "snapshot",
			recovered: phase === "recovery"
		};
	}
};
// packages/ws-client/src/subscriptions/suspect-subscriptions.ts
/**
* The subscriptions whose frame may have made the server close the connection. A server of the base protocol closes on a
* frame that it cannot accept, without saying which. If that frame were sent again together with all others, it would end
* every connection.
*
* Suspects are therefore sent last, one at a time. If the server closes the connection on a frame sent alone, that frame is
* the cause.
*/
var SuspectSubscriptions = class {
	/** Oldest first. */
	#suspects = /* @__PURE__ */ new Set();
	has(subscription) {
		return this.#suspects.has(subscription);
	}
	/** Adds the subscriptions without a reply when the server rejected a frame; returns those that may be the cause. */
	add(unanswered) {
		const suspects = [...unanswered].filter(({ isConfirmed }) => !isConfirmed);
		for (const suspect of suspects) this.#suspects.add(suspect);
		return suspects;
	}
	/** Returns the suspect to send next, and removes those that are settled. Call it while no subscription waits for a reply. */
	next() {
		for (const suspect of this.#suspects) {
			if (suspect.hasListeners && suspect.isIdle) return suspect;
			this.#suspects.delete(suspect);
		}
	}
};
// packages/ws-client/src/subscriptions/subscriptions.ts
/**
* The subscriptions of a client, by topic. Changes are sent once per tick, so that a listener that is removed and added again
* within a tick causes no frame.
*/
var Subscriptions = class {
	#byTopic = /* @__PURE__ */ new Map();
	/** Subscriptions that may have to be sent or removed. */
	#changed = /* @__PURE__ */ new Set();
	/** Oldest first. */
	#unanswered = /* @__PURE__ */ new Set();
	#suspects = new SuspectSubscriptions();
	#context;
	#commands;
	#host;
	#storage;
	#isFlushScheduled = false;
	constructor(settings, reporter, commands, host) {
		this.#commands = commands;
		this.#host = host;
		this.#storage = settings.storage;
		this.#context = {
			settings,
			reporter,
			knownBytes: 0,
			isOverflowReported: false,
			server: commands,
			request: (...request) => this.#request(...request),
			changed: (subscription) => this.#scheduleFlush(subscription),
			canSend: (subscription) => this.#canSendRoute(subscription)
		};
	}
	add(route, topic, params, listener) {
		let subscription = this.#byTopic.get(topic);
		if (subscription === void 0) {
			subscription = new Subscription(route, topic, params, this.#context);
			this.#byTopic.set(topic, subscription);
			this.#restore(subscription);
		}
		return {
			subscription,
			...subscription.add(listener)
		};
	}
	get size() {
		return this.#byTopic.size;
	}
	get(topic) {
		return this.#byTopic.get(topic);
	}
	all() {
		return [...this.#byTopic.values()];
	}
	/** Sends every subscription that has to be sent and can be sent, except suspects. */
	sendAll() {
		for (const subscription of this.#byTopic.values()) this.#changed.add(subscription);
		this.#flush();
	}
	/**
	* Sends the next suspect if no other request waits for its reply, so that a close identifies the cause. Called after every
	* reply, and when sending becomes possible.
	*/
	sendNextSuspect() {
		if (!this.#host.canSend(false) || [...this.#unanswered].some(({ isOverdue }) => !isOverdue)) return;
		const suspect = this.#suspects.next();
		if (suspect && this.#canSendRoute(suspect)) suspect.subscribe();
	}
	/** The user has logged in: restores private subscriptions, and retries those that the server has refused. */
	loggedIn() {
		for (const subscription of this.#private()) {
			if (subscription.isNew) this.#restore(subscription);
			subscription.retry();
		}
	}
	/** This user has logged out, or is replaced by another one. */
	userChanged(user) {
		for (const subscription of this.#private()) subscription.reset();
		if (user) this.#withStorage((storage, url) => storage.save(/* @__PURE__ */ new Map(), {
			url,
			user
		}));
	}
	/** Repeats the subscribe of a confirmed topic, as a heartbeat. Returns false if there is none. */
	repeatSubscribe() {
		const confirmed = this.all().find(({ isConfirmed }) => isConfirmed);
		confirmed?.subscribe();
		return confirmed !== void 0;
	}
	disconnected() {
		this.#unanswered.clear();
		for (const subscription of this.#byTopic.values()) subscription.disconnected();
	}
	/**
	* The server closed the connection because it could not accept a frame. If only one subscription has no reply, it fails;
	* otherwise each of them is sent alone, after all others. Returns whether any of them can be the cause.
	*/
	rejected(reason) {
		const unanswered = Array.from(this.#unanswered, ({ subscription }) => subscription);
		const suspects = this.#suspects.add(new Set(unanswered));
		const [suspect] = suspects;
		if (suspects.length === 1 && suspect?.hasListeners) suspect.reject(reason);
		return suspects.length > 0;
	}
	/** Saves the topics to the option `storage`. */
	save() {
		const user = this.#host.user();
		for (const isPrivate of user ? [false, true] : [false]) {
			const saved = /* @__PURE__ */ new Map();
			for (const subscription of this.#byTopic.values()) {
				const topic = subscription.route.access === "private" === isPrivate && subscription.save();
				if (topic) saved.set(subscription.topic, topic);
			}
			this.#withStorage((storage, url) => storage.save(saved, isPrivate ? {
				url,
				user
			} : { url }));
		}
	}
	/** Ends every subscription: the client is closed. */
	end(error) {
		const ended = this.all();
		this.#byTopic.clear();
		this.#changed.clear();
		for (const subscription of ended) subscription.end(error);
	}
	#scheduleFlush(subscription) {
		this.#changed.add(subscription);
		if (this.#isFlushScheduled) return;
		this.#isFlushScheduled = true;
		defer(() => {
			this.#isFlushScheduled = false;
			this.#flush();
		});
	}
	#flush() {
		for (const subscription of this.#changed) {
			this.#changed.delete(subscription);
			if (!subscription.hasListeners) this.#remove(subscription);
			else if (subscription.isIdle && !this.#suspects.has(subscription) && this.#canSendRoute(subscription)) subscription.subscribe();
		}
	}
	#canSendRoute({ route }) {
		return this.#host.canSend(route.access === "private");
	}
	#private() {
		return this.all().filter(({ route }) => route.access === "private");
	}
	#request(subscription, verb, extra = "") {
		const request = {
			subscription,
			isOverdue: false
		};
		this.#unanswered.add(request);
		const isSubscribe = verb === "subscribe";
		this.#commands.send(`${subscription.route.name}.${verb}`, subscription.payload, {
			replied: (payload) => {
				this.#unanswered.delete(request);
				try {
					if (isSubscribe) subscription.replied(payload);
				} finally {
					this.sendNextSuspect();
				}
			},
			failed: (code) => {
				if (code === "connection_lost") return;
				request.isOverdue = true;
				if (isSubscribe) subscription.unanswered();
				this.sendNextSuspect();
			}
		}, { extra });
	}
	#restore(subscription) {
		const { topic, route } = subscription;
		const user = this.#host.user();
		const isPrivate = route.access === "private";
		if (isPrivate && !user) return;
		let saved;
		this.#withStorage((storage, url) => {
			saved = storage.load(topic, isPrivate ? {
				url,
				user
			} : { url });
		});
		this.#context.reporter.guard("storage_failed", "The storage", () => {
			if (saved === void 0) return;
			const { parseUpdate } = route;
			subscription.restore(parseUpdate ? {
				...saved,
				known: saved.known.map((update) => parseUpdate(update))
			} : saved);
		});
	}
	/** Calls the storage. One that throws is not used again: a sandboxed page has none, and a full one stays full. */
	#withStorage(call) {
		const { settings, reporter } = this.#context;
		const storage = this.#storage;
		if (!storage) return;
		this.#storage = void 0;
		reporter.guard("storage_failed", "The storage", () => {
			call(storage, resolveEndpoint(settings.url).shown);
			this.#storage = storage;
		});
	}
	#remove(subscription) {
		if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
		subscription.release();
		this.#host.removed();
	}
};
// packages/ws-client/src/client.ts
/**
* Creates a client of one server. It connects with the first subscription or request, and reconnects until it is closed.
* Creating it has no side effects, so it can be created during server rendering.
*
* @throws ClientError `invalid_option`; `no_websocket` with the option `eager`
*/
function createClient(options) {
	return Object.preventExtensions(Object.setPrototypeOf(assemble(resolveOptions(options)), {}));
}
/** Wires the parts of a client together. No part knows another one: each has an interface for what it uses, or callbacks. */
function assemble(settings) {
	const reporter = new Reporter(settings);
	const connection = new Connection(settings, {
		opening: () => login.opening(),
		opened() {
			heartbeat.start(settings.heartbeatIntervalMs, false);
			login.opened();
			sendWaiting();
		},
		received(data) {
			heartbeat.received();
			if (typeof data === "string") reporter.emit({
				kind: "received",
				frame: data
			});
			protocol.receive(data);
		},
		rejected: (reason) => subscriptions.rejected(reason),
		lost(code) {
			heartbeat.stop();
			login.lost(code);
			protocol.disconnected();
			subscriptions.disconnected();
			requests.disconnected();
		},
		stateChanged(state) {
			reporter.emit({
				kind: "state",
				state
			});
			if (state.status === "closed") end();
			else idle.update();
		}
	});
	const heartbeat = new Heartbeat(settings.clock, {
		beat(isSession) {
			if (!isSession) return subscriptions.repeatSubscribe();
			protocol.ping();
			return true;
		},
		drop: (reason) => connection.drop(reason)
	});
	const write = (frame) => {
		connection.send(frame);
		heartbeat.sent();
	};
	const protocol = new ProtocolHandler(settings, reporter, write, {
		detected(isSession, heartbeatIntervalMs) {
			if (isSession) heartbeat.start(heartbeatIntervalMs, true);
			login.detected(isSession);
		},
		tokenExpiring: () => login.expiring(),
		draining: (reconnectAfterMs) => connection.drain(reconnectAfterMs),
		update: (message) => subscriptions.get(message.topic)?.receive(message),
		current: (topic, position) => subscriptions.get(topic)?.completed(position),
		ended: (topic, error) => subscriptions.get(topic)?.ended(error)
	});
	const login = new Login(settings, reporter, {
		send: (token, replied) => protocol.login(token, replied),
		finished(isLoggedIn) {
			if (isLoggedIn) subscriptions.loggedIn();
			sendWaiting();
		},
		userChanged(user) {
			subscriptions.userChanged(user);
			requests.userChanged();
		},
		reconnect: (reason, isPaced) => connection.restart(reason, isPaced)
	});
	const canSend = (isPrivate) => connection.state.status === "connected" && (!isPrivate || login.allowsPrivate);
	const subscriptions = new Subscriptions(settings, reporter, protocol, {
		canSend,
		user: () => login.user,
		removed: () => idle.update()
	});
	const requests = new ApplicationRequests(settings, protocol, canSend);
	const isIdle = () => !isKept && !subscriptions.size && !requests.pending && /^connect(ing|ed)$/.test(connection.state.status);
	const idle = new IdleTimer(settings, isIdle, () => connection.disconnect("Idle: connects with the next subscription"));
	/** Undefined until the first connect. */
	let stopPageEvents;
	/** Whether the application wants a connection even without a topic. */
	let isKept = false;
	/** Sends what was waiting for the connection or the login. Suspects are last, since one of them may end the connection. */
	function sendWaiting() {
		subscriptions.sendAll();
		requests.flush();
		subscriptions.sendNextSuspect();
	}
	function pageChanged(event) {
		if (event === "hidden") subscriptions.save();
		else if (connection.state.status === "connected") heartbeat.probe();
		else if (event !== "offline") connection.retry(event === "online");
	}
	function open() {
		connection.open();
		if (connection.state.status !== "closed") stopPageEvents ??= settings.pageEvents(pageChanged);
	}
	/** Connects, if nothing has needed a connection until now. */
	function wake() {
		if (connection.state.status === "disconnected") open();
	}
	function end() {
		stopPageEvents?.();
		idle.stop();
		heartbeat.stop();
		login.lost();
		protocol.disconnected();
		requests.end(closedError());
		subscriptions.end(closedError());
		reporter.clear();
	}
	function closedError() {
		return new ClientError("closed", text`${connection.state.reason}: create a new client to continue`);
	}
	function routeOf(route) {
		if (typeof route !== "string") return route;
		const { routes = {} } = settings;
		const named = Object.hasOwn(routes, route) ? routes[route] : void 0;
		if (!named) throw new ClientError("invalid_option", text`Unknown route "${route}": add it to the option "routes"`);
		return named;
	}
	const client = {
		get state() {
			return connection.state;
		},
		onState: (listener) => reporter.tap((event) => event.kind === "state" && listener(event.state)),
		onResume: (listener) => reporter.tap((event) => event.kind === "resume" && listener(event.resume)),
		tap: (listener) => reporter.tap(listener),
		connect() {
			isKept = true;
			open();
		},
		disconnect() {
			isKept = false;
			connection.disconnect("Disconnected: connects with the next subscription");
		},
		login: () => login.login(),
		logout: () => login.logout(),
		subscribe(named, params, listener) {
			const route = routeOf(named);
			const parsed = route.parseParams?.(params) ?? params;
			const topic = route.buildTopic(parsed);
			wake();
			const callbacks = typeof listener === "function" ? { onUpdate: listener } : listener;
			const { subscription, ready, stop } = subscriptions.add(route, topic, parsed, callbacks);
			idle.update();
			if (connection.state.status === "closed") end();
			const handle = Object.assign(stopping(stop), {
				topic,
				ready
			});
			return Object.defineProperty(handle, "status", { get: () => subscription.status });
		},
		stream(named, params, options = {}) {
			const route = routeOf(named);
			return streamOf((listener) => client.subscribe(route, params, listener), route, options);
		},
		async request(operation, payload, options) {
			if (connection.state.status === "closed") throw closedError();
			wake();
			const reply = requests.request(operation, payload, options);
			idle.update();
			return reply.finally(() => idle.update());
		},
		inspect: () => ({
			state: connection.state,
			protocol: protocol.protocol,
			connectionId: protocol.connectionId,
			topics: subscriptions.all().map((subscription) => subscription.inspect()),
			unanswered: protocol.requests.size,
			queued: requests.size
		}),
		close() {
			if (connection.state.status !== "closed") subscriptions.save();
			connection.close("The client was closed");
		}
	};
	if (settings.eager) client.connect();
	return client;
}
// packages/topic-conformance/harnesses/wire-client/client.mjs
var ROUTES = {
	bars,
	quotes,
	trades,
	orders,
	executions
};
var FEATURES = [
	"ids",
	"session",
	"positions",
	"gaps",
	"errors",
	"suspects",
	"login",
	"heartbeat",
	"drain",
	"backoff"
];
var client;
var handles = /* @__PURE__ */ new Map();
/** Resolves a `getToken` that waits for the runner. */
var giveToken = () => {};
function write(event) {
	process.stdout.write(`${JSON.stringify(event)}\n`);
}
function connect({ url, settings, login }) {
	client = createClient({
		url,
		WebSocket,
		eager: true,
		...settings,
		onError: ({ code, topic }) => write({
			type: "error",
			code,
			...topic !== void 0 && { topic }
		}),
		...login && { getToken: () => {
			write({ type: "token" });
			return new Promise((resolve) => {
				giveToken = resolve;
			});
		} }
	});
	const current = client;
	client.onState(({ status }) => current === client && write({
		type: "state",
		state: status
	}));
}
function subscribe({ listener, route, params }) {
	const handle = client.subscribe(ROUTES[route], params, {
		onUpdate: (update) => write({
			type: "update",
			listener,
			update
		}),
		onGap: ({ snapshot }) => write({
			type: "gap",
			listener,
			snapshot
		}),
		onStatus: ({ state }) => write({
			type: "status",
			listener,
			status: state
		})
	});
	handle.ready.catch(() => {});
	handles.set(listener, handle);
}
var ACTIONS = {
	hello: () => write({
		type: "hello",
		protocol: 1,
		name: "@trading/ws-client",
		version: "1.0.0",
		features: FEATURES
	}),
	connect,
	subscribe,
	unsubscribe: ({ listener }) => handles.get(listener)(),
	token: ({ token }) => giveToken(token),
	close() {
		const closing = client;
		client = void 0;
		handles = /* @__PURE__ */ new Map();
		closing?.close();
		write({ type: "closed" });
	}
};
for await (const line of createInterface({ input: process.stdin })) {
	const message = JSON.parse(line);
	if (message.type === "bye") break;
	ACTIONS[message.type](message);
}
client?.close();
process.stdin.destroy();
export {};
